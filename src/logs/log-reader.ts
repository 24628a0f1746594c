import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { LineSplitter } from './lines.ts';
import { liveNumber, oldPieces, type Piece, type Place } from './pieces.ts';

const chunkBytes = 256 * 1024;

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
  readonly #splitter = new LineSplitter();
  #chunks: AsyncIterator<Buffer> | undefined;
  #place: Place;
  /** Where the line begins that waits for its line break. */
  #restAt: Place;

  constructor(path: string, from: Place = { piece: 0, offset: 0 }) {
    this.#path = path;
    this.#place = { ...from };
    this.#restAt = this.#place;
  }

  /** The lines that are there and were not read yet; not the last one before its line break has come. */
  async *lines(): AsyncGenerator<PlacedLine> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
      const lines = await this.some();
      if (lines === undefined) return;
      yield* lines;
    }
  }

  /** Some of them; undefined when no more are there at the moment. */
  async some(): Promise<PlacedLine[] | undefined> {
    this.#chunks ??= this.#read();
    const { done, value } = await this.#chunks.next();
    if (done) {
      this.#chunks = undefined;
      return undefined;
    }
    const { piece, offset } = this.#place;
    const from = offset - value.length;
    const lines = this.#splitter.split(value).map(({ text, start }): PlacedLine => {
      return { line: text, place: start < 0 ? this.#restAt : { piece, offset: from + start } };
    });
    const { waiting } = this.#splitter;
    if (waiting > 0 && waiting <= value.length) this.#restAt = { piece, offset: offset - waiting };
    return lines;
  }

  /** How many bytes wait for their line break. */
  get waiting(): number {
    return this.#splitter.waiting;
  }

  /** What waits for its line break, as a line. */
  takeRest(): PlacedLine | undefined {
    const line = this.#splitter.take();
    return line === undefined ? undefined : { line, place: this.#restAt };
  }

  async *#read(): AsyncGenerator<Buffer> {
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
