import { once } from 'node:events';
import tls from 'node:tls';

/** Frame types (RFC 9113, 6). */
export const frames = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const endStream = 1;
export const endHeaders = 4;
export const ack = 1;

export interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

/** One frame (RFC 9113, 4.1). */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** SETTINGS with these pairs (RFC 9113, 6.5.1). */
export const settings = (...pairs: [id: number, value: number][]): Buffer =>
  frame(
    frames.settings,
    0,
    0,
    Buffer.concat(pairs.flatMap(([id, value]) => [uint32(id).subarray(2), uint32(value)])),
  );

/** A string without Huffman code (RFC 7541, 5.2), of at most 16,510 bytes. */
function text(value: string): Buffer {
  const { length } = value;
  const prefix = length < 127 ? [length] : [127, ((length - 127) & 127) | 128, (length - 127) >> 7];
  return Buffer.concat([Buffer.from(prefix), Buffer.from(value, 'latin1')]);
}

/** A field that enters no table (RFC 7541, 6.2.2). */
export const field = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0]), text(name), text(value)]);

/** A GET of `path`, with further fields. */
export const head = (path: string, ...fields: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x82, 0x87]), field(':path', path), field(':authority', 'x.test'), ...fields]);

/** HEADERS that ask for `path`. */
export const get = (stream: number, path: string, ...fields: Buffer[]): Buffer =>
  frame(frames.headers, endStream | endHeaders, stream, head(path, ...fields));

/** RST_STREAM with CANCEL. */
export const reset = (stream: number): Buffer => frame(frames.reset, 0, stream, uint32(8));

export const ping = frame(frames.ping, 0, 0, Buffer.alloc(8));

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** A client of HTTP/2 that sends what it is told, whether it is right or not. */
export class FrameClient {
  readonly socket: tls.TLSSocket;
  /** What has come. DATA is counted only. */
  readonly received: Frame[] = [];
  dataBytes = 0;
  readonly closed: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);
  readonly #heard = new Set<() => void>();

  private constructor(socket: tls.TLSSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.closed = new Promise((resolve) => void socket.on('close', () => resolve()));
  }

  /** Connects, and sends the preface with a SETTINGS frame of `pairs`. */
  static async connect(port: number, ...pairs: [id: number, value: number][]): Promise<FrameClient> {
    const socket = tls.connect({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const client = new FrameClient(socket);
    socket.write(Buffer.concat([preface, settings(...pairs)]));
    return client;
  }

  /** Resolves when it has been taken by the kernel, or the connection has ended. */
  async send(bytes: Buffer): Promise<void> {
    if (this.socket.destroyed) return;
    await Promise.race([new Promise((resolve) => void this.socket.write(bytes, resolve)), this.closed]);
  }

  /** The error codes of all GOAWAY. */
  get goaways(): number[] {
    const goaways = this.received.filter(({ type }) => type === frames.goaway);
    return goaways.map(({ payload }) => payload.readUInt32BE(4));
  }

  /** That of the last one; undefined when there was none. */
  get goaway(): number | undefined {
    return this.goaways.at(-1);
  }

  /** How many frames of a type have come. */
  count(wanted: number): number {
    return this.received.filter(({ type }) => type === wanted).length;
  }

  /** The error codes of all RST_STREAM. */
  resetCodes(): Set<number> {
    const resets = this.received.filter(({ type }) => type === frames.reset);
    return new Set(resets.map(({ payload }) => payload.readUInt32BE()));
  }

  /** Resolves when what has come makes `look` true, or nothing more can come. */
  async until(look: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const heard = (): void => {
      if (look()) resolve();
    };
    this.#heard.add(heard);
    heard();
    await Promise.race([promise, this.closed]);
    this.#heard.delete(heard);
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= 9) {
      const length = bytes.readUIntBE(0, 3);
      if (bytes.length < 9 + length) break;
      const [type, flags] = [bytes[3]!, bytes[4]!];
      if (type === frames.data) this.dataBytes += length;
      else
        this.received.push({
          type,
          flags,
          stream: bytes.readUInt32BE(5),
          payload: Buffer.from(bytes.subarray(9, 9 + length)),
        });
      bytes = bytes.subarray(9 + length);
    }
    this.#rest = bytes;
    for (const heard of this.#heard) heard();
  }
}
