/**
 * Runs `task` until it ends, or Ctrl-C, SIGTERM or a reader that goes away (`| head`) ends it: what follows something has
 * no other end. Gives exit code 0.
 */
export async function untilInterrupted(task: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  process.stdout.once('error', end);
  try {
    await task(ending.signal);
    return 0;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    process.stdout.off('error', end);
  }
}
