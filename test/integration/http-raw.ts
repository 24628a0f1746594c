import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import net from 'node:net';
import { eventually } from '../support/eventually.ts';

export interface Answer {
  /** Status lines of 1xx answers before the answer itself. */
  informational: string[];
  status: string;
  headers: [string, string][];
  body: Buffer;
  trailers: [string, string][];
  /** The connection closed before the answer was complete. */
  cut: boolean;
}

const fields = (text: string): [string, string][] =>
  text
    .split('\r\n')
    .filter(Boolean)
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);

export const valueOf = (headers: readonly [string, string][], name: string): string | undefined =>
  headers.find(([field]) => field.toLowerCase() === name)?.[1];

/** One chunked body from `start` on: undefined while it is incomplete. */
function chunked(bytes: Buffer, start: number): { body: Buffer; trailers: string; end: number } | undefined {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (size === 0) {
      const end =
        bytes.toString('latin1', line, line + 4) === '\r\n\r\n' ? line : bytes.indexOf('\r\n\r\n', line);
      if (end < 0) return undefined;
      return { body: Buffer.concat(parts), trailers: bytes.toString('latin1', line + 2, end), end: end + 4 };
    }
    if (bytes.length < line + 2 + size + 2) return undefined;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

/** Speaks HTTP/1 byte by byte, and takes answers apart without judging them. */
export class RawClient {
  readonly socket: net.Socket;
  /** Why the connection was lost. */
  failure = 'no error';
  #chunks: Buffer[] = [];
  #ended = false;
  #wake: () => void = () => {};

  constructor(options: net.NetConnectOpts) {
    this.socket = net.connect(options);
    this.socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake();
    });
    this.socket.on('error', (error) => (this.failure = error.message));
    this.socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** What has arrived and was taken by no answer yet. */
  get text(): string {
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  send(...parts: (string | Buffer)[]): void {
    for (const part of parts) this.socket.write(part, 'latin1' as never);
  }

  /** The next final answer; `method` decides whether it has a body. */
  async answer(method = 'GET'): Promise<Answer> {
    for (;;) {
      const bytes = Buffer.concat(this.#chunks);
      this.#chunks = [bytes];
      const found = parse(bytes, method, this.#ended);
      if (found !== undefined) {
        this.#chunks = [bytes.subarray(found.end)];
        return found.answer;
      }
      if (this.#ended) throw new Error(`the connection closed after: ${bytes.toString('latin1', 0, 300)}`);
      // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Resolves when `text` has arrived and is not taken by an answer yet. */
  async received(text: string): Promise<void> {
    await eventually(`to receive ${text}`, () => Buffer.concat(this.#chunks).includes(text));
  }
}

/** An answer, and where it ends. */
type Found = { answer: Answer; end: number };

/** The first final answer in `bytes`, if all of it is there; `ended`: no more will come. */
export function parse(bytes: Buffer, method: string, ended: boolean): Found | undefined {
  const informational: string[] = [];
  let start = 0;
  for (;;) {
    const headEnd = bytes.indexOf('\r\n\r\n', start);
    if (headEnd < 0) return undefined;
    const head = bytes.toString('latin1', start, headEnd);
    const lineEnd = head.indexOf('\r\n') < 0 ? head.length : head.indexOf('\r\n');
    const status = head.slice(0, lineEnd);
    start = headEnd + 4;
    if (/^\S+ 1(?!01)\d\d/.test(status)) informational.push(head);
    else
      return withBody(
        { informational, status, headers: fields(head.slice(lineEnd)) },
        bytes,
        start,
        method,
        ended,
      );
  }
}

function withBody(
  head: Pick<Answer, 'informational' | 'status' | 'headers'>,
  bytes: Buffer,
  start: number,
  method: string,
  ended: boolean,
): Found | undefined {
  const found = (body: Buffer, end: number, trailers = '', cut = false): Found => ({
    answer: { ...head, body: Buffer.from(body), trailers: fields(trailers), cut },
    end,
  });
  if (method === 'HEAD' || /^\S+ (?:101|204|304)\b/.test(head.status)) return found(Buffer.alloc(0), start);
  if (valueOf(head.headers, 'transfer-encoding') !== undefined) {
    const parsed = chunked(bytes, start);
    if (parsed !== undefined) return found(parsed.body, parsed.end, parsed.trailers);
    return ended ? found(bytes.subarray(start), bytes.length, '', true) : undefined;
  }
  const length = valueOf(head.headers, 'content-length');
  if (length !== undefined) {
    const end = start + Number(length);
    if (bytes.length >= end) return found(bytes.subarray(start, end), end);
    return ended ? found(bytes.subarray(start), bytes.length, '', true) : undefined;
  }
  return ended ? found(bytes.subarray(start), bytes.length) : undefined;
}

/** The inodes of the sockets that a process holds. */
async function socketsOf(pid: number): Promise<Set<string>> {
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(names.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return new Set(links.filter((link) => link.startsWith('socket:')));
}

const portOf = (address = ''): number => Number.parseInt(address.split(':')[1]!, 16);

/** The other end of a TCP connection, as the descriptors of who has accepted it name it (proc_pid_net(5)). */
async function otherEnd({ localPort, remotePort }: net.Socket): Promise<string | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
  for (const line of tables.join('').split('\n')) {
    const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
    if (portOf(local) === remotePort && portOf(remote) === localPort && inode !== '0')
      return `socket:[${inode}]`;
  }
  return undefined;
}

/** Connects, and tells which of the processes has accepted. */
export async function connectTo(
  options: net.TcpNetConnectOpts,
  pids: readonly number[],
): Promise<{ client: RawClient; holder: number }> {
  const client = new RawClient(options);
  await once(client.socket, 'connect');
  const holder = await eventually('one of them accepts', async () => {
    const accepted = await otherEnd(client.socket);
    if (accepted === undefined) return undefined;
    const held = await Promise.all(pids.map(socketsOf));
    return pids.find((_pid, i) => held[i]!.has(accepted));
  });
  return { client, holder };
}
