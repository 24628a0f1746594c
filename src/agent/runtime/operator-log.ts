import { writeSync } from './originals.ts';

/** Says something to the operator, in the worker's output: written at once, even if the app crashes next. */
export function logToOperator(text: string): void {
  try {
    writeSync(2, `radiant: ${text}\n`);
  } catch {
    // No output to write to is no reason to end the app.
  }
}
