import type { IncomingMessage, ServerResponse } from 'node:http';

import { isAnsweredNext } from '../runtime/internals.ts';
import { guarded } from '../runtime/guard.ts';
import { BodyCache, type Body } from './static-cache.ts';
import { giveBack, OpenFiles, readNow, readWhole, sendFrom } from './static-disk.ts';
import type { Answer } from './static-offer.ts';

/** Sends answers: from memory what is there, else from disk. */
export class StaticSender {
  readonly #cache: BodyCache;
  readonly #files = new OpenFiles();

  constructor(cache = new BodyCache()) {
    this.#cache = cache;
  }

  /** False when the file has gone: nothing was sent, the app may answer. */
  send(answer: Answer, request: IncomingMessage, response: ServerResponse): boolean {
    const { body } = answer;
    const buffer = this.#cache.get(body);
    if (buffer !== undefined) {
      this.#sendBuffer(answer, buffer, response);
      return true;
    }
    if (this.#cache.admits(body)) return this.#load(body, answer, response);
    // Behind an answer that is still being made it would hold a buffer for nobody knows how long.
    if (!isAnsweredNext(request.socket, response)) return false;
    return this.#stream(answer, response);
  }

  #sendBuffer({ range, status, head }: Answer, buffer: Buffer, response: ServerResponse): void {
    response.writeHead(status, head as never);
    response.end(range === undefined ? buffer : buffer.subarray(range.start, range.end + 1));
  }

  #load(body: Body, answer: Answer, response: ServerResponse): boolean {
    const cut = (): void => void response.destroy();
    const send = (buffer: Buffer | undefined): void => {
      if (buffer === undefined) cut();
      else if (!response.destroyed) this.#sendBuffer(answer, buffer, response);
    };
    // One that fails must not keep the others waiting.
    const use = guarded('file', send, cut);
    if (body.waiting !== undefined) {
      body.waiting.push(use);
      return true;
    }
    const file = this.#files.open(body);
    if (file === undefined) return false;
    body.waiting = [use];
    readWhole(file, body.size, (buffer) => {
      const { waiting = [] } = body;
      body.waiting = undefined;
      this.#files.done(file);
      if (buffer !== undefined) this.#cache.put(body, buffer);
      for (const each of waiting) each(buffer);
    });
    return true;
  }

  #stream({ body, range, status, head }: Answer, response: ServerResponse): boolean {
    const file = this.#files.open(body);
    if (file === undefined) return false;
    const part =
      range === undefined
        ? { start: 0, length: body.size }
        : { start: range.start, length: range.end - range.start + 1 };
    response.writeHead(status, head as never);
    const buffer = readNow(file, body, part);
    if (buffer === undefined) sendFrom(file, response, part, () => this.#files.done(file));
    else {
      this.#files.done(file);
      // Not called when the client has gone away: what was being written may still be in use then.
      response.end(buffer.subarray(0, part.length), () => giveBack(buffer));
    }
    return true;
  }
}
