import { after } from 'node:test';

/** What a file's tests have left open may take so long to end. */
const graceMs = 60_000;

/**
 * Loaded before each test file: one whose tests have ended but whose process does not would keep the whole run waiting,
 * with whatever loads the machine behind it. It fails instead, and says what it waits for.
 */
function end(): never {
  console.error(`${process.argv[1]} does not end: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}

after(() => {
  setTimeout(end, graceMs).unref();
});
