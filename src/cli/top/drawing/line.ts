import type { Glyphs } from './glyphs.ts';
import { cutTo, widthOf } from './width.ts';

const codes = {
  bold: 1,
  dim: 2,
  inverse: 7,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
} as const;

export type Style = keyof typeof codes;

/** A piece of a line in one style. */
export interface Span {
  text: string;
  style?: Style | undefined;
}

export type Line = readonly Span[];

export const text = (line: Line): string => line.map((span) => span.text).join('');

export const lineWidth = (line: Line): number => line.reduce((sum, span) => sum + widthOf(span.text), 0);

/** At most `columns` wide. */
export function cutLine(line: Line, columns: number, { ellipsis }: Glyphs): Line {
  const cut: Span[] = [];
  let room = columns;
  for (const span of line) {
    const width = widthOf(span.text);
    cut.push(width <= room ? span : { ...span, text: cutTo(span.text, room, ellipsis) });
    room -= width;
    if (room < 0) break;
  }
  return cut;
}

/** `right` at the right edge where it has room beside `left`, else left out. */
export function spread(left: Line, right: Line, columns: number): Line {
  const space = columns - lineWidth(left) - lineWidth(right);
  return space < 2 ? left : [...left, { text: ' '.repeat(space) }, ...right];
}

const isColour = (style: Style): boolean => codes[style] >= 30;

/** As a terminal wants it. Without `colours` what is bold, dim or inverse stays so: those are none. */
export function paint(line: Line, colours: boolean): string {
  const painted = line.map(({ text: content, style }) =>
    style === undefined || content === '' || (isColour(style) && !colours)
      ? content
      : `\x1b[${codes[style]}m${content}\x1b[0m`,
  );
  return painted.join('');
}
