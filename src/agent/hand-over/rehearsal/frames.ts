/** Text frames of a WebSocket (RFC 6455, 5.2) of one message each: what a client writes, and what it reads. */

export interface Frame {
  compressed: boolean;
  payload: Buffer;
}

const final = 0x80;
const compressedBit = 0x40;
const text = 1;
const masked = 0x80;
/** Longer payloads have their length in the two bytes that follow. */
const longestShort = 125;

export class Frames {
  #bytes = Buffer.alloc(0);

  /** A frame of a client's, of at most 65,535 bytes. Its mask is zero: nothing is hidden from anybody here. */
  static of(payload: Buffer, compressed: boolean): Buffer {
    const short = payload.length <= longestShort;
    const head = Buffer.alloc(short ? 6 : 8);
    head[0] = final | text | (compressed ? compressedBit : 0);
    head[1] = masked | (short ? payload.length : longestShort + 1);
    if (!short) head.writeUInt16BE(payload.length, 2);
    return Buffer.concat([head, payload]);
  }

  /** The texts that have come whole with these bytes of a server's. */
  take(bytes: Buffer): Frame[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) return frames;
      frames.push(frame);
    }
  }

  #next(): Frame | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = bytes[1]! <= longestShort;
    const start = short ? 2 : 4;
    if (bytes.length < start) return undefined;
    const end = start + (short ? bytes[1]! : bytes.readUInt16BE(2));
    if (bytes.length < end) return undefined;
    this.#bytes = bytes.subarray(end);
    return { compressed: (bytes[0]! & compressedBit) !== 0, payload: bytes.subarray(start, end) };
  }
}
