/** What an answer of HTTP/1.1 says, in this order. */
export interface AnswerEvents {
  /** A status of 1xx: the answer itself follows. */
  informational(status: number, rawHeaders: readonly string[]): void;
  /** `empty`: no body follows. `chunked`: its length is not known, and trailers may follow. */
  head(status: number, rawHeaders: readonly string[], body: { empty: boolean; chunked: boolean }): void;
  body(bytes: Buffer): void;
  complete(rawTrailers: readonly string[]): void;
  /** It cannot be understood, or ended too early. */
  failed(): void;
}

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'rest' | 'done';

const statusLine = /^HTTP\/1\.[01] (\d{3})(?: |$)/;
const chunkSize = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i;
const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');
/** A head, or a line of a chunked body, may be as long. */
const longestHead = 1024 * 1024;

/** The fields of a head as names and values in turn; undefined where a line is no field. Bytes are latin1 characters. */
function fieldsOf(lines: readonly string[]): string[] | undefined {
  const raw: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    raw.push(line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ''));
  }
  return raw;
}

function valueOf(raw: readonly string[], name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) if (raw[i]!.toLowerCase() === name) return raw[i + 1];
  return undefined;
}

/** Reads one answer (RFC 9112) as an app writes it; what it does not understand it says, and never throws. */
export class AnswerParser {
  readonly #events: AnswerEvents;
  readonly #toHead: boolean;
  #state: State = 'head';
  #input: Buffer = Buffer.alloc(0);
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;

  /** `toHead`: the request was HEAD, so no body follows. */
  constructor(toHead: boolean, events: AnswerEvents) {
    this.#toHead = toHead;
    this.#events = events;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  read(bytes: Buffer): void {
    if (this.done) return;
    this.#input = this.#input.length === 0 ? bytes : Buffer.concat([this.#input, bytes]);
    while (!this.done && this.#step());
  }

  /** Nothing more comes, or the app says that all of it has come. */
  end(): void {
    if (this.done) return;
    if (this.#state === 'rest') this.#complete([]);
    else this.#fail();
  }

  #fail(): void {
    this.#state = 'done';
    this.#events.failed();
  }

  #complete(trailers: readonly string[]): void {
    this.#state = 'done';
    this.#events.complete(trailers);
  }

  /** True when there may be more to do. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#head();
      case 'length':
      case 'chunk':
        return this.#known();
      case 'chunk-size':
        return this.#line((line) => this.#chunkSize(line));
      case 'chunk-end':
        return this.#line((line) => {
          if (line === '') this.#state = 'chunk-size';
          else this.#fail();
        });
      case 'trailers':
        return this.#trailers();
      case 'rest':
        if (this.#input.length > 0) this.#events.body(this.#take(this.#input.length));
        return false;
      default:
        return false;
    }
  }

  #take(length: number): Buffer {
    const bytes = this.#input.subarray(0, length);
    this.#input = this.#input.subarray(length);
    return bytes;
  }

  /** What comes before `end`, without that; undefined while it is not there. */
  #until(end: Buffer): string | undefined {
    const length = this.#input.indexOf(end);
    if (length >= 0) return this.#take(length + end.length).toString('latin1', 0, length);
    if (this.#input.length > longestHead) this.#fail();
    return undefined;
  }

  #line(then: (line: string) => void): boolean {
    const line = this.#until(lineEnd);
    if (line === undefined) return false;
    then(line);
    return true;
  }

  #head(): boolean {
    const text = this.#until(headEnd);
    if (text === undefined) return false;
    const [first, ...lines] = text.split('\r\n');
    const status = Number(statusLine.exec(first!)?.[1]);
    const raw = fieldsOf(lines);
    if (!(status >= 100) || raw === undefined) this.#fail();
    else if (status >= 200 || status === 101) this.#beginBody(status, raw);
    else this.#events.informational(status, raw);
    return true;
  }

  #beginBody(status: number, raw: readonly string[]): void {
    const coding = valueOf(raw, 'transfer-encoding');
    const length = valueOf(raw, 'content-length');
    const chunked = coding !== undefined && /chunked/i.test(coding);
    const none = this.#toHead || status === 204 || status === 304;
    this.#left = Number(length ?? 0);
    if (!chunked && length !== undefined && !/^\d+$/.test(length)) {
      this.#fail();
      return;
    }
    const empty = none || (!chunked && length !== undefined && this.#left === 0);
    this.#events.head(status, raw, { empty, chunked: chunked && !none });
    if (this.done) return;
    if (empty) this.#complete([]);
    else if (chunked) this.#state = 'chunk-size';
    else this.#state = length === undefined ? 'rest' : 'length';
  }

  #known(): boolean {
    if (this.#input.length === 0) return false;
    const bytes = this.#take(Math.min(this.#left, this.#input.length));
    this.#left -= bytes.length;
    this.#events.body(bytes);
    if (this.#left > 0) return false;
    if (this.#state === 'length') this.#complete([]);
    else this.#state = 'chunk-end';
    return true;
  }

  #chunkSize(line: string): void {
    const size = chunkSize.exec(line)?.[1];
    if (size === undefined) {
      this.#fail();
      return;
    }
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
  }

  #trailers(): boolean {
    if (this.#input.length >= 2 && this.#input[0] === 13 && this.#input[1] === 10) {
      this.#complete([]);
      return false;
    }
    const text = this.#until(headEnd);
    if (text === undefined) return false;
    const raw = fieldsOf(text.split('\r\n'));
    if (raw === undefined) this.#fail();
    else this.#complete(raw);
    return false;
  }
}
