/** The characters of the picture that are no text. Each takes one column. */
export interface Glyphs {
  /** From the lowest to the highest. */
  spark: string;
  rule: string;
  done: string;
  open: string;
  ellipsis: string;
  ascending: string;
  descending: string;
  dot: string;
}

export const unicode: Glyphs = {
  spark: '▁▂▃▄▅▆▇█',
  rule: '─',
  done: '█',
  open: '░',
  ellipsis: '…',
  ascending: '▲',
  descending: '▼',
  dot: '·',
};

export const ascii: Glyphs = {
  spark: '_.-=+*#@',
  rule: '-',
  done: '#',
  open: '.',
  ellipsis: '~',
  ascending: '^',
  descending: 'v',
  dot: '-',
};

/**
 * ASCII where a locale is named that is not UTF-8, and on the Linux console, whose font lacks most of the others. The
 * first variable that is set counts: POSIX, "Environment Variables", 8.2.
 */
export function glyphsFor(env: NodeJS.ProcessEnv): Glyphs {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  const narrow = locale !== undefined && locale !== '' && !/utf-?8/i.test(locale);
  return narrow || env.TERM === 'linux' ? ascii : unicode;
}
