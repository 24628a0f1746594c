/** What JSON would change on its way, silently: a Map into {}, a Date into a string, a function into nothing. */
function isPlain(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of another realm (a `vm` of the app's) they have another prototype, which has none itself.
  const isObject = prototype === null || Object.getPrototypeOf(prototype) === null;
  return (isObject || Array.isArray(value)) && typeof (value as { toJSON?: unknown }).toJSON !== 'function';
}

/** The text of a value that is the same when it is read again; throws where there is none. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null, function (this: Record<string, unknown>, key, entry: unknown) {
    if (!isPlain(this[key]))
      throw new TypeError(`what it returned is no JSON${key === '' ? '' : `: "${key}"`}`);
    return entry;
  });
}
