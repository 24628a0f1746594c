import type { Documents } from './state.ts';

/** One message of DDP, as it is on the wire. */
export interface DdpMessage {
  msg?: string;
  id?: string;
  collection?: string;
  fields?: Record<string, unknown>;
  cleared?: string[];
  subs?: string[];
  [field: string]: unknown;
}

/** Collections, ids and fields may be called like what every object has. */
const has = (record: object, name: string): boolean => Object.prototype.hasOwnProperty.call(record, name);
const own = <T>(record: Record<string, T>, name: string): T | undefined =>
  has(record, name) ? record[name] : undefined;

/** Two values of JSON are the same; the order of an object's keys says nothing. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return (
    keys.length === others.length && keys.every((key) => has(right, key) && sameJson(left[key], right[key]))
  );
}

/** What a client that was told all of this would have, and what else it would have heard. */
export class ClientView {
  readonly documents = new Map<string, Map<string, Record<string, unknown>>>();
  readonly ready = new Set<string>();
  /** Subscriptions that have ended. */
  readonly nosubs = new Map<string, DdpMessage>();

  hear(message: DdpMessage): void {
    const { msg, collection, id, fields = {}, cleared = [], subs = [] } = message;
    if (msg === 'ready') for (const sub of subs) this.ready.add(sub);
    else if (msg === 'nosub') this.nosubs.set(id!, message);
    else if (msg === 'removed') this.documents.get(collection!)?.delete(id!);
    else if (msg === 'added' || msg === 'changed') {
      const documents = this.documents.get(collection!) ?? new Map<string, Record<string, unknown>>();
      this.documents.set(collection!, documents);
      const document = { ...documents.get(id!), ...fields };
      for (const name of cleared) delete document[name];
      documents.set(id!, document);
    }
  }
}

/** The messages by which a client that has `before`, and of `known` the ids alone, comes to have what `now` has. */
export function difference(
  before: Documents,
  known: Record<string, string[]>,
  now: ClientView,
): DdpMessage[] {
  const messages: DdpMessage[] = [];
  const collections = new Set([...Object.keys(before), ...Object.keys(known), ...now.documents.keys()]);
  for (const collection of collections) {
    const old = own(before, collection) ?? {};
    const ids = new Set(own(known, collection));
    const documents = now.documents.get(collection) ?? new Map<string, Record<string, unknown>>();
    for (const id of [...Object.keys(old), ...ids]) {
      if (!documents.has(id)) messages.push({ msg: 'removed', collection, id });
    }
    for (const [id, fields] of documents) {
      const had = own(old, id);
      if (had !== undefined) messages.push(...changed(collection, id, had, fields));
      else messages.push({ msg: ids.has(id) ? 'changed' : 'added', collection, id, fields });
    }
  }
  return messages;
}

function changed(
  collection: string,
  id: string,
  before: Record<string, unknown>,
  now: Record<string, unknown>,
): DdpMessage[] {
  const news = Object.entries(now).filter(
    ([name, value]) => !(has(before, name) && sameJson(before[name], value)),
  );
  const cleared = Object.keys(before).filter((name) => !has(now, name));
  if (news.length === 0 && cleared.length === 0) return [];
  return [
    {
      msg: 'changed',
      collection,
      id,
      ...(news.length > 0 && { fields: Object.fromEntries(news) }),
      ...(cleared.length > 0 && { cleared }),
    },
  ];
}
