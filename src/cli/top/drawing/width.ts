import stringWidth from 'string-width';
import { stripVTControlCharacters } from 'node:util';
import { harmful } from '../../output/foreign-text.ts';

const segmenter = new Intl.Segmenter();

/** How many columns of a terminal a text takes: 2 for a wide character, none for what joins the one before. */
export function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** What others wrote, as one line that can do nothing to the terminal. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replaceAll(new RegExp(`(?:${harmful.source})+`, 'gu'), ' ');
}

/** At most `width` columns, with `ellipsis` (one column) where something was left out. */
export function cutTo(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return width < 1 ? '' : kept + ellipsis;
}

/** With spaces up to `width` columns: before it for `right`, else after it. */
export function padTo(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? space + text : text + space;
}
