import { once } from 'node:events';
import http2 from 'node:http2';
import type { Answer } from '../integration/http-raw.ts';
import { rendered, type Case, type Run } from './case.ts';
import { hangMs, type Got } from './exchange.ts';

/** So many streams are asked for on one connection, one after the other or at the same time. */
const streamsEach = 25;

type Fields = [string, string][];

const pairsOf = (raw: readonly string[]): Fields => {
  const pairs: Fields = [];
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!]);
  return pairs;
};

const withoutPseudo = (raw: readonly string[]): Fields =>
  pairsOf(raw).filter(([name]) => !name.startsWith(':'));
const statusIn = (raw: readonly string[]): string =>
  `HTTP/2 ${pairsOf(raw).find(([name]) => name === ':status')?.[1]}`;

interface Connection {
  session: http2.ClientHttp2Session;
  ready: Promise<unknown>;
  /** So many streams may still be asked for. */
  left: number;
  /** So many are. */
  open: number;
}

/** Connections of HTTP/2 to one port, made as they are needed. */
export class Streams {
  readonly #port: number;
  #current: Connection | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  close(): void {
    this.#current?.session.destroy();
  }

  /** Sends the request of a case as a stream, and takes its answer. */
  async play(made: Case, run: Run): Promise<Got> {
    const connection = this.#take();
    await connection.ready;
    try {
      return await this.#send(connection.session, made, run);
    } finally {
      connection.open -= 1;
      // Closed before that, it would drop the streams that wait for it.
      if (connection.left === 0 && connection.open === 0) connection.session.close();
    }
  }

  async #send(session: http2.ClientHttp2Session, made: Case, run: Run): Promise<Got> {
    const stream = made.stream!;
    const raw = headOf(made, run);
    const whole = stream.framing === 'none';
    const trailing = Object.keys(stream.trailers).length > 0;
    const request = session.request(raw, { endStream: whole, waitForTrailers: trailing });
    if (trailing) request.on('wantTrailers', () => request.sendTrailers(stream.trailers));
    const got = answerOf(request);
    const body = Buffer.from(stream.body, 'latin1');
    if (made.requests[0]!.plan.when === 'early') {
      // It is answered before it has all come, and what still comes does no harm.
      request.write(body.subarray(0, body.length >> 1));
      await Promise.race([once(request, 'response'), got]).catch(() => {});
      if (!request.destroyed && request.writable) request.end(body.subarray(body.length >> 1));
    } else if (!whole) {
      if (body.length > 0) request.write(body);
      request.end(); // an empty DATA frame that ends the stream
    }
    return got;
  }

  #take(): Connection {
    const before = this.#current;
    const isUsable = before !== undefined && before.left > 0 && !before.session.destroyed;
    const connection = isUsable && !before.session.closed ? before : this.#connect();
    connection.left -= 1;
    connection.open += 1;
    return connection;
  }

  #connect(): Connection {
    const session = http2.connect(`https://127.0.0.1:${this.#port}`, { rejectUnauthorized: false });
    const ready = once(session, 'connect').catch(() => {});
    session.on('error', () => {});
    this.#current = { session, ready, left: streamsEach, open: 0 };
    return this.#current;
  }
}

/** The head in HTTP/2, its fields in order. */
function headOf(made: Case, run: Run): string[] {
  const [head] = rendered(made.requests[0]!, 0, run);
  const [line, ...lines] = head.split('\r\n').filter(Boolean);
  const [method, path] = line!.split(' ');
  const raw = [':method', method!, ':path', path!, ':scheme', 'https'];
  for (const text of lines) {
    const [name, value] = [
      text.slice(0, text.indexOf(':')).toLowerCase(),
      text.slice(text.indexOf(':') + 1).trim(),
    ];
    if (name === 'host') raw.push(':authority', value);
    else if (name === 'transfer-encoding') continue;
    // What HTTP/1.1 must say of a body that is not there.
    else if (name === 'content-length' && made.stream!.framing !== 'length') continue;
    else if (name === 'cookie' && made.stream!.cookiesApart)
      for (const crumb of value.split('; ')) raw.push(name, crumb);
    else raw.push(name, value);
  }
  const pseudo = raw.indexOf(':authority');
  const authority = raw.splice(pseudo, 2);
  return [...authority, ...raw];
}

function answerOf(request: http2.ClientHttp2Stream): Promise<Got> {
  const answer: Answer = {
    informational: [],
    status: '',
    headers: [],
    body: Buffer.alloc(0),
    trailers: [],
    cut: true,
  };
  const chunks: Buffer[] = [];
  const told = (raw: readonly string[]): void => {
    const lines = withoutPseudo(raw).map(([name, value]) => `${name}: ${value}`);
    answer.informational.push([statusIn(raw), ...lines].join('\r\n'));
  };
  request.on('continue', () => told([':status', '100']));
  request.on('headers', (_fields, _flags, raw?: string[]) => {
    if (raw !== undefined && !raw.includes('100')) told(raw);
  });
  request.on('response', (_fields, _flags, raw?: string[]) => {
    answer.status = statusIn(raw!);
    answer.headers = withoutPseudo(raw!);
  });
  request.on('trailers', (_fields, _flags, raw?: string[]) => (answer.trailers = withoutPseudo(raw!)));
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => (answer.cut = false));
  request.on('error', () => {});
  return new Promise((resolve) => {
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      request.close(http2.constants.NGHTTP2_CANCEL);
      request.destroy(); // where its connection never came to be
    }, hangMs);
    request.on('close', () => {
      clearTimeout(timer);
      answer.body = Buffer.concat(chunks);
      const broken = request.rstCode !== http2.constants.NGHTTP2_NO_ERROR;
      if (broken) answer.cut = true;
      const answers = answer.status === '' ? [] : [answer];
      resolve({ answers, rest: '', end: hung ? 'silent' : broken ? 'reset' : 'open' });
    });
  });
}
