import type { IncomingMessage } from 'node:http';

import type { StaticFile } from '../../protocol/static-index.ts';
import { rawField } from '../http/request-head.ts';
import type { Said } from './static-headers.ts';
import type { Offer } from './static-offer.ts';

/** What the app said of a file to those who asked for it in one way, by one name of the site. */
export interface Word {
  /** Set when the app has left it to us. */
  said: Said | undefined;
  offer: Offer | undefined;
  /** Who waits for the app's word; undefined when the app is not being asked. */
  asking: (() => void)[] | undefined;
  /** The app is not asked again before this time (monotonic). */
  leftUntil: number;
  /** It is asked again after this one. */
  freshUntil: number;
}

/** A client may say any name: so many are remembered. */
const mostNames = 16;

const telling = ['host', 'x-forwarded-host', 'x-forwarded-proto'];

/** By what an app tells its sites apart, and one that forces https. */
function nameOf({ socket, rawHeaders }: IncomingMessage): string {
  let name = 'encrypted' in socket ? 'https' : 'http';
  for (const field of telling) name += `\n${rawField(rawHeaders, field) ?? ''}`;
  return name;
}

/** The app's words on one file. */
export class Words {
  readonly #words = new Map<string, Word>();

  /** The one that counts for a request. */
  of(request: IncomingMessage): Word {
    const name = nameOf(request);
    const known = this.#words.get(name);
    if (known !== undefined) return known;
    if (this.#words.size >= mostNames) this.#words.delete(this.#words.keys().next().value!);
    const word = { said: undefined, offer: undefined, asking: undefined, leftUntil: 0, freshUntil: 0 };
    this.#words.set(name, word);
    return word;
  }

  clear(): void {
    this.#words.clear();
  }
}

/** The app gives it not to everybody, or not at all. Where the user named its folder, the app need not know it. */
export const isRefusal = (status: number, { fromFolder }: StaticFile): boolean =>
  status === 401 || status === 403 || (status === 404 && fromFolder !== true);
