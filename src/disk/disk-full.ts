import { RadiantError } from '../common/errors.ts';

/** The error for the user when `error`, or what caused it, is that nothing more fits at `where`; else undefined. */
export function diskFull(error: unknown, where: string): RadiantError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  // npm tells it in its output only.
  const told = code === 'INSTALL' && /\bENOSPC\b/.test(error.message);
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && !told) return diskFull(error.cause, where);
  const remedy = 'Make room there, and do it again; `keepReleases` says how many releases are kept.';
  return new RadiantError('STATE', `The disk is full at ${where}: ${error.message}`, remedy, {
    cause: error,
  });
}
