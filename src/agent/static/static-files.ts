import type crypto from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { parseStaticIndex, type StaticFile, type StaticIndex } from '../../protocol/static-index.ts';
import type { OpenStream } from '../carrier/stream.ts';
import { resumable } from '../runtime/async-context.ts';
import { builtin } from '../runtime/builtin.ts';
import { bodyOf, type Body, type BodyCache } from './static-cache.ts';
import { hearOnce } from '../runtime/sockets.ts';
import { saidLike, saidOf, type Said } from './static-headers.ts';
import { answerOf, offerOf, type Offer } from './static-offer.ts';
import { probe } from './static-probe.ts';
import { StaticSender } from './static-sender.ts';
import { isRefusal, Words, type Word } from './static-word.ts';
import { logToOperator } from '../runtime/operator-log.ts';
import { monotonicNow, readFileSync, statSync } from '../runtime/originals.ts';

/** A URL, and what became of it. */
interface Entry {
  path: string;
  file: StaticFile;
  /** It belongs to a release that is not this worker's own. */
  foreign: boolean;
  readonly words: Words;
  /** The app has refused it to somebody, or it is not what it was: it stays with the app. */
  kept: boolean;
  /** When the file on disk was last looked at. */
  lookedAt: number;
}

/** The app may have been wrong for a moment only: overloaded, starting. */
const leaveMs = 60_000;
/** And what it left to us it may want to protect by now. */
const freshMs = 60_000;
/** A page that is loaded for the first time asks for many files at once. */
const mostProbes = 4;
/** How long a change of a file in the user's folder may go unnoticed. */
const lookMs = 1_000;

export interface StaticOptions {
  /** Files with a `StaticIndex` each: the own release's first. */
  indexFiles: readonly string[];
  /** Asks the app itself, as for a peer: it is not looked at again. */
  openStream: OpenStream;
  /** Told before a document is answered: its client may be a new one. */
  document?: (request: IncomingMessage, response: ServerResponse) => void;
  cache?: BodyCache;
  /** A monotonic clock, in milliseconds. */
  now?: () => number;
}

/**
 * Answers what the indexes name, before the app sees the request. A file is taken over only after the app itself
 * has given it to an anonymous client, unchanged and without a cookie; the app's own headers are kept.
 */
export class StaticFiles {
  readonly #entries = new Map<string, Entry>();
  readonly #bodies = new Map<string, Body>();
  readonly #openStream: OpenStream;
  readonly #document: (request: IncomingMessage, response: ServerResponse) => void;
  readonly #sender: StaticSender;
  /** Where there are files. */
  readonly #createHash: typeof crypto.createHash | undefined;
  readonly #now: () => number;
  #probes = 0;

  constructor({ indexFiles, openStream, document = () => {}, cache, now = monotonicNow }: StaticOptions) {
    this.#now = now;
    this.#openStream = openStream;
    this.#document = document;
    this.#sender = new StaticSender(cache);
    if (indexFiles.length > 0) this.#createHash = builtin('crypto').createHash;
    indexFiles.forEach((path, i) => this.#add(readIndex(path), i > 0));
  }

  #add(index: StaticIndex | undefined, foreign: boolean): void {
    if (index === undefined) return;
    for (const [path, place] of Object.entries(index.urls)) {
      const file = index.files[place];
      if (file === undefined || this.#entries.has(path) || (foreign && !file.cacheable)) continue;
      this.#entries.set(path, {
        path,
        file,
        foreign,
        words: new Words(),
        kept: false,
        lookedAt: Number.NEGATIVE_INFINITY,
      });
    }
  }

  /**
   * True when the request is answered here, or will be; `leave` is called if it has to go to the app after all.
   * With `hashedOnly` nothing is answered that another release may answer differently.
   */
  serve(request: IncomingMessage, response: ServerResponse, hashedOnly: boolean, leave: () => void): boolean {
    if (this.#entries.size === 0 || request.httpVersionMajor !== 1) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const entry = this.#find(request.url!);
    if (entry === undefined || entry.kept || (hashedOnly && !entry.file.cacheable)) return false;
    const word = entry.words.of(request);
    const { offer, asking, freshUntil } = word;
    // Whoever comes when it is to be asked again is answered by the app itself; the others meanwhile as before.
    const counts = asking !== undefined || this.#now() < freshUntil;
    if (offer !== undefined && counts) return this.#answer(entry, offer, request, response);
    if (entry.foreign) return this.#byModel(entry, word, request, response, leave);
    this.observe(request, response);
    return this.#ask(entry, word, request);
  }

  /** Hears what the app answers: what it refuses to anybody stays with it, whatever it says to others. */
  observe(request: IncomingMessage, response: ServerResponse): void {
    const entry = this.#entries.size === 0 ? undefined : this.#find(request.url!);
    if (entry === undefined || entry.foreign || entry.kept) return;
    hearOnce(response, 'finish', () => {
      if (isRefusal(response.statusCode, entry.file)) this.#keep(entry);
    });
  }

  #keep(entry: Entry): void {
    entry.kept = true;
    entry.words.clear();
  }

  /** A query names no other file, for Meteor and for Express alike. */
  #find(url: string): Entry | undefined {
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    if (!path.includes('%')) return this.#entries.get(path);
    // An encoded slash is one path for the file system and another one for the app's routes.
    if (/%(2f|5c|00)/i.test(path)) return undefined;
    try {
      return this.#entries.get(decodeURIComponent(path));
    } catch {
      return undefined;
    }
  }

  #answer(entry: Entry, offer: Offer, request: IncomingMessage, response: ServerResponse): boolean {
    if (entry.file.fromFolder && this.#changed(entry)) return false;
    const isDocument = entry.path.endsWith('.html');
    const answer = answerOf(offer, request, response);
    if (answer === undefined || answer === 'handled') return answer === 'handled';
    if (isDocument) this.#document(request, response);
    return this.#sender.send(answer, request, response);
  }

  /** What changed since the deploy is the app's, until the next deploy. */
  #changed(entry: Entry): boolean {
    const now = this.#now();
    if (now - entry.lookedAt < lookMs) return false;
    entry.lookedAt = now;
    try {
      const { size, mtimeMs } = statSync(entry.file.path);
      if (size === entry.file.size && Math.floor(mtimeMs) === entry.file.mtimeMs) return false;
    } catch {
      // It has gone.
    }
    this.#keep(entry);
    return true;
  }

  /** Asks the app in the background; this request goes to it as well. */
  #ask(entry: Entry, word: Word, request: IncomingMessage, then?: () => void): false {
    if (word.asking !== undefined) {
      if (then !== undefined) word.asking.push(then);
      return false;
    }
    if (then === undefined && (this.#probes >= mostProbes || word.leftUntil > this.#now())) return false;
    word.asking = then === undefined ? [] : [then];
    this.#probes += 1;
    probe(this.#createHash!, this.#openStream, encodePath(entry.path), request, (result) => {
      const waiting = word.asking ?? [];
      this.#probes -= 1;
      word.asking = undefined;
      if (result !== undefined && isRefusal(result.status, entry.file)) this.#keep(entry);
      word.said = result === undefined || entry.kept ? undefined : saidOf(result, entry.file);
      word.offer = word.said && this.#offer(entry.file, word.said);
      const now = this.#now();
      if (word.offer === undefined) word.leftUntil = now + leaveMs;
      else word.freshUntil = now + freshMs;
      for (const each of waiting) each();
    });
    return false;
  }

  /**
   * The app knows a file of another release no more, so it is asked for one of its own of the same type: an app
   * that protects its files protects these too. Meanwhile the request waits, because the app's answer would be 404.
   */
  #byModel(
    entry: Entry,
    word: Word,
    request: IncomingMessage,
    response: ServerResponse,
    leave: () => void,
  ): boolean {
    const now = this.#now();
    const models = this.#models(entry).map((model) => ({ model, its: model.words.of(request) }));
    const take = ({ its: { said, freshUntil } }: { its: Word }): boolean => {
      word.offer = said && this.#offer(entry.file, saidLike(said, entry.file));
      word.freshUntil = freshUntil;
      return word.offer !== undefined;
    };
    if (models.some((each) => each.its.freshUntil > now && take(each)))
      return this.#answer(entry, word.offer!, request, response);
    const asked = models.find(({ its }) => its.leftUntil <= now);
    if (asked === undefined) return false;
    const decide = resumable(request.socket, () => {
      if (response.destroyed) return;
      if (!take(asked) || !this.#answer(entry, word.offer!, request, response)) leave();
    });
    this.#ask(asked.model, asked.its, request, decide);
    return true;
  }

  #models({ file }: Entry): Entry[] {
    const type = extension(file.path);
    const own = [...this.#entries.values()].filter(
      (other) => !other.foreign && !other.kept && other.file.cacheable,
    );
    return own.filter((other) => extension(other.file.path) === type);
  }

  #offer(file: StaticFile, said: Said): Offer {
    return offerOf(file, said, (coding) => {
      if (coding === 'identity') return this.#body(file.path, file.size, file.mtimeMs);
      return this.#body(file[coding]!.path, file[coding]!.size);
    });
  }

  /** Several URLs lead to one file. */
  #body(path: string, size: number, mtimeMs?: number): Body {
    const body = this.#bodies.get(path) ?? bodyOf(path, size, mtimeMs);
    this.#bodies.set(path, body);
    return body;
  }
}

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

const extension = (path: string): string => /\.[^./]*$/.exec(path)?.[0].toLowerCase() ?? '';

function readIndex(path: string): StaticIndex | undefined {
  try {
    return parseStaticIndex(readFileSync(path, 'utf8'));
  } catch (error) {
    logToOperator(
      `the list of static files ${path} cannot be read, the app serves them: ${(error as Error).message}`,
    );
    return undefined;
  }
}
