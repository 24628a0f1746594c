import type { Progress } from '../../node/progress.ts';
import type { Terminal } from './terminal.ts';
import { bytes } from './text.ts';

/** Milliseconds between two lines about the same transfer, where a line cannot be overwritten. */
const interval = 5000;

/** Shows a transfer as a bar on a terminal, and as a line now and then elsewhere. */
export function showProgress(terminal: Terminal, now: () => number = () => performance.now()): Progress {
  const last = new Map<string, number>();
  const plainly = (label: string, done: number, total: number): void => {
    const before = last.get(label);
    if (before === undefined) last.set(label, now()); // short transfers need no line at all
    else if (now() - before >= interval) {
      last.set(label, now());
      terminal.print(`${label}: ${amount(done, total)}`);
    }
  };
  return {
    step: (text) => terminal.print(text),
    transfer: (label, done, total) => {
      if (!terminal.interactive) plainly(label, done, total);
      else
        terminal.transient(
          total > 0 && done >= total ? '' : `${label} ${bar(done, total)} ${amount(done, total)}`,
        );
    },
  };
}

function amount(done: number, total: number): string {
  return total > 0 ? `${bytes(done)} of ${bytes(total)}` : bytes(done);
}

function bar(done: number, total: number): string {
  const width = 24;
  const filled = total > 0 ? Math.min(width, Math.round((done / total) * width)) : 0;
  return `[${'#'.repeat(filled)}${' '.repeat(width - filled)}]`;
}
