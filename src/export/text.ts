/** Files by their names, and what to do with them, in the order of doing. */
export interface Exported {
  files: Readonly<Record<string, string>>;
  /** What to see to before. */
  before: string[];
  /** Where they belong: a file's path, or a folder's for several. */
  place: string;
  /** What to do when they are there: `place`, or where the user had them written. */
  after: (place: string) => string[];
}

type Lines = readonly (string | undefined)[];

/** Those that there are. */
export const lines = (...all: Lines): string[] => all.filter((line) => line !== undefined);

export const indented = (all: readonly string[], by = '    '): string[] =>
  all.map((line) => (line === '' ? line : by + line));

/** `head { … }`, as nginx writes it. */
export const block = (head: string, body: readonly string[]): string[] => [
  `${head} {`,
  ...indented(body),
  '}',
];

export const text = (...parts: (readonly string[])[]): string =>
  `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;

/** A path as one word of nginx's configuration. */
export const quoted = (path: string): string =>
  /^[\w./:@+-]+$/.test(path) ? path : `"${path.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
