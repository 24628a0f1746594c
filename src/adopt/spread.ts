/** Stands for `...process.env` in what a file exports. */
export const wholeEnvironment = '...process.env';

/**
 * What a file that is code has exported, as JSON can hold it: a function is a hook, of which no more can be told. Where
 * all of `environment` was copied (`mark`, a variable of it that nobody else knows, shows that), it is left out: it is that
 * of whoever reads the file. What `source` names was meant.
 */
export function plain(
  exported: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  mark: string,
  source: string,
): string {
  const named = new Set(source.match(/\w+/g));
  const written = (object: object): Record<string, unknown> => ({
    [wholeEnvironment]: true,
    ...Object.fromEntries(
      Object.entries(object).filter(
        ([name, value]) => name !== mark && (value !== environment[name] || named.has(name)),
      ),
    ),
  });
  const read = (_key: string, value: unknown): unknown => {
    if (typeof value === 'function') return '(a function)';
    if (value === undefined) return null;
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, mark)) return written(value);
    return value;
  };
  return JSON.stringify(exported, read);
}
