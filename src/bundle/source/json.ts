/** Broken JSON: where it breaks, counted from 1, and what stands there. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly line: number;
  readonly column: number;

  constructor(text: string, offset: number) {
    const before = text.slice(0, offset).split('\n');
    const found = offset >= text.length ? 'it ends too early' : `unexpected ${JSON.stringify(text[offset])}`;
    super(`${found} at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`);
    this.line = before.length;
    this.column = (before.at(-1) ?? '').length + 1;
  }
}

/** JSON.parse with an error that says where: V8 leaves the position out of most of its messages. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonError(text, brokenAt(text));
  }
}

const space = /[\t\n\r ]*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids exactly these inside strings
const quoted = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;

/** The offset of the first character that cannot be part of valid JSON; the length where the end is missing. */
function brokenAt(text: string): number {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at += match[0].length;
    return match !== null;
  };
  const takeChar = (char: string): boolean => {
    take(space);
    if (text[at] !== char) return false;
    at++;
    return true;
  };
  const list = (end: string, item: () => boolean): boolean => {
    if (takeChar(end)) return true;
    do if (!item()) return false;
    while (takeChar(','));
    return takeChar(end);
  };
  const string = () => take(space) && take(quoted);
  const value = (): boolean => {
    if (takeChar('{')) return list('}', () => string() && takeChar(':') && value());
    if (takeChar('[')) return list(']', value);
    return string() || take(scalar);
  };
  if (value()) take(space);
  return at;
}
