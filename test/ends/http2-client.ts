import type net from 'node:net';
import {
  endHeaders,
  endStream,
  field,
  frame,
  frames,
  head,
  reset,
  settings,
  uint32,
} from '../support/http2-frames.ts';
import type { Diary } from './diary.ts';
import { endOf, targetOf } from './http1-client.ts';
import type { Asked, Round } from './plan.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const initialWindow = 4;
const largestWindow = 2 ** 31 - 1;
/** RFC 9113, 6.5.2: what a peer bears unless it says more. */
const largestFrame = 16_384;

/** REFUSED_STREAM (RFC 9113, 7). */
const refusedStream = 7;

/** What becomes of streams, by the ids of their requests. */
export interface StreamEvents {
  /** Its answer came whole. */
  whole(id: string): void;
  /** Nobody has seen it: its client may ask again, elsewhere (RFC 9113, 6.8 and 8.7). */
  refused(id: string): void;
  /** None is open any more. */
  done(): void;
}

/**
 * Asks for the streams of a round, all at once, frame by frame: Node's own client does not always see that its
 * connection has ended.
 */
export class Http2Client {
  readonly #socket: net.Socket;
  readonly #round: Round;
  readonly #diary: Diary;
  readonly #events: StreamEvents;
  /** What has come last on each stream that is open. */
  readonly #open = new Map<number, { id: string; tail: string }>();
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: net.Socket, round: Round, diary: Diary, events: StreamEvents) {
    this.#socket = socket;
    this.#round = round;
    this.#diary = diary;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  begin(): void {
    const window = frame(frames.windowUpdate, 0, 0, uint32(largestWindow - 65_535));
    const asked = this.#round.asked.map((each, i) => this.#bytesOf(each, 2 * i + 1));
    const first = [preface, settings([initialWindow, largestWindow]), window, ...asked.map(({ now }) => now)];
    this.#write(Buffer.concat(first));
    const later = Buffer.concat(asked.map((each) => each.later));
    if (later.length > 0) setTimeout(() => this.#write(later), this.#round.pause);
  }

  /** Takes back all that is asked for. */
  cancel(): void {
    this.#write(Buffer.concat([...this.#open.keys()].map(reset)));
    this.#open.clear();
    this.#events.done();
  }

  #write(bytes: Buffer): void {
    this.#diary.note(`${this.#socket.writable ? 'sends' : 'cannot send'} ${bytes.length} bytes`);
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** The frames of a request, and those that follow after a pause. */
  #bytesOf(asked: Asked, stream: number): { now: Buffer; later: Buffer } {
    const { id, kind, owner, body } = asked;
    this.#open.set(stream, { id, tail: '' });
    const cookie = field('cookie', `radiant-app=${owner}.1`);
    if (kind !== 'post') {
      const fields = head(targetOf(asked), cookie);
      return { now: frame(frames.headers, endHeaders | endStream, stream, fields), later: Buffer.alloc(0) };
    }
    // Index 3 of the table that both sides have from the start: POST (RFC 7541, A).
    const fields = Buffer.concat([Buffer.from([0x83]), head(targetOf(asked), cookie).subarray(1)]);
    const data: Buffer[] = [];
    for (let left = body; left > 0; left -= largestFrame) {
      const last = left <= largestFrame ? endStream : 0;
      data.push(frame(frames.data, last, stream, Buffer.alloc(Math.min(left, largestFrame), 'b')));
    }
    const cut = Math.ceil(data.length * this.#round.first);
    const headers = frame(frames.headers, endHeaders, stream, fields);
    return { now: Buffer.concat([headers, ...data.slice(0, cut)]), later: Buffer.concat(data.slice(cut)) };
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const length = bytes.length < 9 ? Infinity : 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < length) break;
      this.#took(bytes[3]!, bytes[4]!, bytes.readUInt32BE(5), bytes.subarray(9, length));
      bytes = bytes.subarray(length);
    }
    this.#rest = bytes;
  }

  #took(type: number, flags: number, stream: number, payload: Buffer): void {
    const begin = payload.subarray(0, 16).toString(type === frames.data ? 'latin1' : 'hex');
    this.#diary.note(
      `got frame ${type}, flags ${flags}, stream ${stream}, ${payload.length} bytes: ${begin}`,
    );
    if (type === frames.goaway) {
      const last = payload.readUInt32BE(0);
      for (const above of this.#open.keys()) if (above > last) this.#close(above, true);
      return;
    }
    const open = this.#open.get(stream);
    if (open === undefined) return;
    if (type === frames.data) {
      open.tail = `${open.tail}${payload.toString('latin1')}`.slice(-100);
      if (open.tail.includes(endOf(open.id))) this.#events.whole(open.id);
    }
    const ends = (flags & endStream) > 0 && (type === frames.data || type === frames.headers);
    if (ends || type === frames.reset)
      this.#close(stream, type === frames.reset && payload.readUInt32BE(0) === refusedStream);
  }

  #close(stream: number, refused: boolean): void {
    if (refused) this.#events.refused(this.#open.get(stream)!.id);
    this.#open.delete(stream);
    if (this.#open.size === 0) this.#events.done();
  }
}
