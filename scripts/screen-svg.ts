import type { IBufferCell, Terminal } from '@xterm/headless';
import { widthOf } from '../src/cli/top/drawing/width.ts';

/** Columns and lines in pixels: those of the fonts below at this size. */
const [cellWidth, cellHeight, fontSize] = [8.4, 18, 14];
const margin = 12;
const paper = '#14171f';
const ink = '#d5dae5';
/** The eight colours of a terminal. */
const palette = ['#3b4252', '#f2777a', '#8fd28a', '#f2c26b', '#7aa7f0', '#c79bf0', '#6fc8d8', '#e5e9f0'];
const blocks = '▁▂▃▄▅▆▇█';

interface Look {
  colour: string;
  back: string;
  bold: boolean;
  dim: boolean;
}

function lookOf(cell: IBufferCell): Look {
  const colour = cell.isFgPalette() ? palette[cell.getFgColor() % 8]! : ink;
  const inverse = cell.isInverse() !== 0;
  return {
    colour: inverse ? paper : colour,
    back: inverse ? ink : paper,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
  };
}

/** Spaces that stay as many as they are. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(' ', '\u00a0');
const fixed = (value: number): string => String(Math.round(value * 100) / 100);

function box(x: number, y: number, width: number, height: number, colour: string): string {
  return `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" fill="${colour}"/>`;
}

function words(x: number, y: number, text: string, { colour, bold, dim }: Look): string {
  const style = `${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.6"' : ''}`;
  // The length holds the grid whatever font there is.
  const length = fixed(widthOf(text) * cellWidth);
  return `<text x="${fixed(x)}" y="${fixed(y + cellHeight * 0.72)}" fill="${colour}" textLength="${length}"${style}>${escaped(text)}</text>`;
}

/** One line: text in pieces of one look, marks of a sparkline as boxes, which no font draws without gaps. */
function lineOf(terminal: Terminal, row: number): string[] {
  const { active } = terminal.buffer;
  const line = active.getLine(active.viewportY + row)!;
  const parts: string[] = [];
  const y = margin + row * cellHeight;
  let piece = { text: '', from: 0, look: lookOf(line.getCell(0)!) };
  const flush = (): void => {
    const text = piece.text.trimEnd();
    const indent = text.length - text.trimStart().length;
    if (text.trim() !== '')
      parts.push(words(margin + (piece.from + indent) * cellWidth, y, text.trim(), piece.look));
  };
  for (let column = 0; column < terminal.cols; column += 1) {
    const cell = line.getCell(column)!;
    const look = lookOf(cell);
    const x = margin + column * cellWidth;
    if (look.back !== paper) parts.push(box(x, y, cellWidth + 0.2, cellHeight, look.back));
    const level = blocks.indexOf(cell.getChars() || ' ') + 1;
    const height = ((cellHeight - 2) * level) / blocks.length;
    if (level > 0)
      parts.push(box(x + 0.4, y + cellHeight - 1 - height, cellWidth - 0.8, height, look.colour));
    const chars = level > 0 ? ' ' : cell.getChars() || ' ';
    if (JSON.stringify(look) === JSON.stringify(piece.look)) piece.text += chars;
    else {
      flush();
      piece = { text: chars, from: column, look };
    }
  }
  flush();
  return parts;
}

/** What a terminal shows, as a picture. */
export function screenSvg(terminal: Terminal): string {
  const [width, height] = [terminal.cols * cellWidth + 2 * margin, terminal.rows * cellHeight + 2 * margin];
  const lines = Array.from({ length: terminal.rows }, (_, row) => lineOf(terminal, row));
  const boxes = lines.flat().filter((part) => part.startsWith('<rect'));
  const texts = lines.flat().filter((part) => part.startsWith('<text'));
  const fonts = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${fixed(width)} ${fixed(height)}" width="${fixed(width)}" height="${fixed(height)}" role="img">`,
    '<title>radiant top</title>',
    `<rect width="100%" height="100%" rx="8" fill="${paper}"/>`,
    ...boxes,
    `<g font-family="${fonts}" font-size="${fontSize}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">`,
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}
