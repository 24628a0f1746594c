/** What one environment variable holds on Linux (MAX_ARG_STRLEN, 32 pages), its name included. */
const largestVariable = 128 * 1024;

/**
 * Sets METEOR_SETTINGS before the app's first line runs. Text above the limit must be gone once the app listens:
 * each `spawn` of the app would throw E2BIG. Returns what does that.
 */
export function provideSettings(settings: string | null): () => void {
  if (settings === null) return () => {};
  process.env.METEOR_SETTINGS = settings;
  const bytes = Buffer.byteLength(`METEOR_SETTINGS=${settings}\0`);
  return () => {
    if (bytes > largestVariable && process.env.METEOR_SETTINGS === settings)
      delete process.env.METEOR_SETTINGS;
  };
}
