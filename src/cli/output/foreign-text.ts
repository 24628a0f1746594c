/**
 * What may move a terminal's cursor, reprogram it, forge lines or turn the direction of text: the controls of C0 and C1
 * (ECMA-48), line separators, and the marks of bidirectional text (UAX #9).
 */
export const harmful = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** As JSON writes it, so that JSON stays what it is. */
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** What others wrote, for a terminal: all but line breaks and tabs that is harmful in it is shown as an escape. */
export const escapedLines = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(harmful, (found) => (found === '\t' || found === '\n' ? found : escaped(found)));

/** Colours and the like (SGR). */
// oxlint-disable-next-line no-control-regex -- they begin with one
const colour = /(\x1b\[[\d;:]*m)/;

/** The same, but colours stay. */
export const escapedButColours = (text: string): string =>
  text
    .split(colour)
    .map((part, index) => (index % 2 === 1 ? part : escapedLines(part)))
    .join('');
