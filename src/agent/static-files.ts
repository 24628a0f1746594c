import { readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { parseStaticIndex, type StaticFile, type StaticIndex } from '../protocol/static-index.ts';
import type { OpenStream } from './carrier/stream.ts';
import { resumable } from './async-context.ts';
import { bodyOf, type Body, type BodyCache } from './static-cache.ts';
import { saidLike, saidOf, type Said } from './static-headers.ts';
import { answerOf, offerOf, type Offer } from './static-offer.ts';
import { probe } from './static-probe.ts';
import { StaticSender } from './static-sender.ts';
import { tell } from './tell.ts';
import { monotonicNow } from './runtime/originals.ts';

/** A URL, and what became of it. */
interface Entry {
  path: string;
  file: StaticFile;
  /** It belongs to a release that is not this worker's own. */
  foreign: boolean;
  /** Set when the app has left it to us. */
  said: Said | undefined;
  offer: Offer | undefined;
  /** Who waits for the app's word; undefined when the app is not being asked. */
  asking: (() => void)[] | undefined;
  /** The app is not asked again before this time (monotonic). */
  leftUntil: number;
  /** When the file on disk was last looked at. */
  lookedAt: number;
}

/** The app may have been wrong for a moment only: overloaded, starting. */
const leaveMs = 60_000;
/** A page that is loaded for the first time asks for many files at once. */
const mostProbes = 4;
/** How long a change of a file in the user's folder may go unnoticed. */
const lookMs = 1_000;

export interface StaticOptions {
  /** Files with a `StaticIndex` each: the own release's first. */
  indexFiles: readonly string[];
  /** Asks the app itself, as for a sibling: it is not looked at again. */
  openStream: OpenStream;
  /** Told before a document is answered: its client may be a new one. */
  document?: (request: IncomingMessage, response: ServerResponse) => void;
  cache?: BodyCache;
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
  #probes = 0;

  constructor({ indexFiles, openStream, document = () => {}, cache }: StaticOptions) {
    this.#openStream = openStream;
    this.#document = document;
    this.#sender = new StaticSender(cache);
    indexFiles.forEach((path, i) => this.#add(readIndex(path), i > 0));
  }

  #add(index: StaticIndex | undefined, foreign: boolean): void {
    if (index === undefined) return;
    for (const [path, place] of Object.entries(index.urls)) {
      const file = index.files[place];
      if (file === undefined || this.#entries.has(path) || (foreign && !file.cacheable)) continue;
      const state = {
        said: undefined,
        offer: undefined,
        asking: undefined,
        leftUntil: 0,
        lookedAt: Number.NEGATIVE_INFINITY,
      };
      this.#entries.set(path, { path, file, foreign, ...state });
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
    if (entry === undefined || (hashedOnly && !entry.file.cacheable)) return false;
    if (entry.offer !== undefined) return this.#answer(entry, entry.offer, request, response);
    return entry.foreign ? this.#byModel(entry, request, response, leave) : this.#ask(entry, request);
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
    const now = monotonicNow();
    if (now - entry.lookedAt < lookMs) return false;
    entry.lookedAt = now;
    try {
      const { size, mtimeMs } = statSync(entry.file.path);
      if (size === entry.file.size && Math.floor(mtimeMs) === entry.file.mtimeMs) return false;
    } catch {
      // It has gone.
    }
    entry.offer = undefined;
    entry.leftUntil = Number.POSITIVE_INFINITY;
    return true;
  }

  /** Asks the app in the background; this request goes to it as well. */
  #ask(entry: Entry, request: IncomingMessage, then?: () => void): false {
    if (entry.asking !== undefined) {
      if (then !== undefined) entry.asking.push(then);
      return false;
    }
    if (then === undefined && (this.#probes >= mostProbes || entry.leftUntil > monotonicNow())) return false;
    entry.asking = then === undefined ? [] : [then];
    this.#probes += 1;
    probe(this.#openStream, encodePath(entry.path), request, (result) => {
      const waiting = entry.asking ?? [];
      this.#probes -= 1;
      entry.asking = undefined;
      entry.said = result === undefined ? undefined : saidOf(result, entry.file);
      if (entry.said === undefined) entry.leftUntil = monotonicNow() + leaveMs;
      else entry.offer = this.#offer(entry.file, entry.said);
      for (const each of waiting) each();
    });
    return false;
  }

  /**
   * The app knows a file of another release no more, so it is asked for one of its own of the same type: an app
   * that protects its files protects these too. Meanwhile the request waits, because the app's answer would be 404.
   */
  #byModel(entry: Entry, request: IncomingMessage, response: ServerResponse, leave: () => void): boolean {
    const models = this.#models(entry);
    const take = ({ said }: Entry): boolean => {
      if (said !== undefined) entry.offer = this.#offer(entry.file, saidLike(said, entry.file));
      return entry.offer !== undefined;
    };
    if (models.some(take)) return this.#answer(entry, entry.offer!, request, response);
    const now = monotonicNow();
    const model = models.find(({ leftUntil }) => leftUntil <= now);
    if (model === undefined) return false;
    const decide = resumable(request.socket, () => {
      if (response.destroyed) return;
      if (!take(model) || !this.#answer(entry, entry.offer!, request, response)) leave();
    });
    this.#ask(model, request, decide);
    return true;
  }

  #models({ file }: Entry): Entry[] {
    const type = extension(file.path);
    const own = [...this.#entries.values()].filter((other) => !other.foreign && other.file.cacheable);
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
    tell(`the list of static files ${path} cannot be read, the app serves them: ${(error as Error).message}`);
    return undefined;
  }
}
