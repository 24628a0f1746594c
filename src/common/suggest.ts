import { closest, distance } from 'fastest-levenshtein';

function plain(text: string): string {
  return text.toLowerCase().replace(/[-_]/g, '');
}

/** The one of `known` that was probably meant, if any is near enough to be a slip. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const exact = known.find((entry) => plain(entry) === plain(word));
  if (exact) return exact;
  const best = closest(word, known);
  return distance(word, best) <= Math.max(word.length < 4 ? 1 : 2, Math.floor(word.length / 3))
    ? best
    : undefined;
}

/** `; did you mean "x"?`, or nothing. */
export function suggestion(word: string, known: readonly string[], prefix = ''): string {
  const meant = didYouMean(word, known);
  return meant ? `; did you mean "${prefix}${meant}"?` : '';
}
