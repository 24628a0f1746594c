import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { liveNumber, oldPieces, type Piece, type Place } from './pieces.ts';

const chunkBytes = 256 * 1024;
/** A longer line is read as several. */
const longestLine = 1 << 20;
const newline = 0x0a;

export interface PlacedLine {
  /** Where the line begins. */
  place: Place;
  line: string;
}

/**
 * Reads a log from a place on, across its pieces, while it is written to and rotated. A rotation names the piece
 * before it empties the file that is written to. So what was read from that file counts only if there is still no
 * piece of its number afterwards; else it is read again from the piece.
 */
export class LogReader {
  readonly #path: string;
  #place: Place;
  #rest = Buffer.alloc(0);
  #restAt: Place;

  constructor(path: string, from: Place = { piece: 0, offset: 0 }) {
    this.#path = path;
    this.#place = from;
    this.#restAt = from;
  }

  /** The lines that are there and were not read yet; not the last one before its line break has come. */
  async *lines(): AsyncGenerator<PlacedLine> {
    for await (const chunk of this.#chunks()) yield* this.#split(chunk);
  }

  /** How many bytes wait for their line break. */
  get waiting(): number {
    return this.#rest.length;
  }

  /** What waits for its line break, as a line. */
  takeRest(): PlacedLine | undefined {
    if (this.#rest.length === 0) return undefined;
    const line = { place: this.#restAt, line: this.#rest.toString() };
    this.#rest = Buffer.alloc(0);
    return line;
  }

  *#split(chunk: Buffer): Generator<PlacedLine> {
    let at = { piece: this.#place.piece, offset: this.#place.offset - chunk.length };
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const whole = this.#rest.length > 0;
      const bytes = whole
        ? Buffer.concat([this.#rest, chunk.subarray(start, end)])
        : chunk.subarray(start, end);
      yield { place: whole ? this.#restAt : at, line: bytes.toString() };
      this.#rest = Buffer.alloc(0);
      at = { piece: at.piece, offset: at.offset + end + 1 - start };
      start = end + 1;
    }
    if (start === chunk.length) return;
    if (this.#rest.length === 0) this.#restAt = at;
    this.#rest = Buffer.concat([this.#rest, chunk.subarray(start)]);
    if (this.#rest.length > longestLine) yield this.takeRest()!;
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    for (;;) {
      const old = this.#currentPiece();
      if (old !== undefined) {
        yield* this.#oldChunks(old);
        continue;
      }
      // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
      const { from, chunk } = await this.#liveChunk();
      if (this.#currentPiece() !== undefined) continue;
      if (chunk.length === 0) return;
      this.#place.offset = from + chunk.length;
      yield chunk;
    }
  }

  /** The old piece that the place lies in; undefined for the file that is written to. */
  #currentPiece(): Piece | undefined {
    const pieces = oldPieces(this.#path);
    const piece = pieces.find(({ number }) => number >= this.#place.piece);
    const number = piece?.number ?? liveNumber(pieces);
    if (number > this.#place.piece) this.#place = { piece: number, offset: 0 };
    return piece;
  }

  async *#oldChunks({ path, gzip }: Piece): AsyncGenerator<Buffer> {
    const { offset } = this.#place;
    let skip = gzip ? offset : 0;
    const file = createReadStream(path, { start: gzip ? 0 : offset, highWaterMark: chunkBytes });
    const source = gzip ? file.pipe(createGunzip({ chunkSize: chunkBytes })) : file;
    if (gzip) file.on('error', (error) => source.destroy(error));
    try {
      for await (const data of source as AsyncIterable<Buffer>) {
        const chunk = data.subarray(Math.min(skip, data.length));
        skip -= data.length - chunk.length;
        if (chunk.length === 0) continue;
        this.#place.offset += chunk.length;
        yield chunk;
      }
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return; // compressed or removed a moment ago
      if (!code.startsWith('Z_')) throw error; // of a damaged piece there is what comes before
    } finally {
      file.destroy();
    }
    this.#place = { piece: this.#place.piece + 1, offset: 0 };
  }

  async #liveChunk(): Promise<{ from: number; chunk: Buffer }> {
    const file = await open(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (file === undefined) return { from: 0, chunk: Buffer.alloc(0) };
    try {
      const { size } = await file.stat();
      const from = size < this.#place.offset ? 0 : this.#place.offset; // 0: somebody has emptied it
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - from));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      return { from, chunk: buffer.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  }
}
