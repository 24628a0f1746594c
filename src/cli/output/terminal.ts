import { styleText } from 'node:util';
import { escapedButColours, escapedLines } from './foreign-text.ts';

type Style = Parameters<typeof styleText>[0];

/**
 * Where a command prints. Whatever is printed, a terminal gets text, line breaks and colours of it, and nothing that
 * moves its cursor; what is no terminal gets all as it is. A reader that goes away (`| head`) ends the
 * printing, never the app.
 */
export interface Terminal {
  /** Text on standard output, with a line break after it. */
  print(text: string): void;
  /** The same on standard error. */
  complain(text: string): void;
  /** A line that the next one overwrites; nothing where output is no terminal. */
  transient(text: string): void;
  /** Resolves when all that was printed has been taken, or nobody takes it any more. */
  settled(): Promise<void>;
  style(style: Style, text: string): string;
  /** What somebody else wrote: where output is a terminal, its colours are escaped too. */
  foreign(text: string): string;
  readonly interactive: boolean;
  /** Infinity where output is no terminal: nothing is cut then. */
  readonly columns: number;
}

type Stream = NodeJS.WritableStream & {
  isTTY?: boolean;
  columns?: number;
  writableLength?: number;
  hasColors?: () => boolean;
};

export function openTerminal(out: Stream = process.stdout, error: Stream = process.stderr): Terminal {
  let shown = false;
  const { write, settled } = writer(out);
  const { write: writeError, settled: errorSettled } = writer(error);
  const interactive = out.isTTY === true;
  const colours = interactive && out.hasColors?.() === true;
  const clear = (): string => {
    const code = shown ? '\r\x1b[K' : '';
    shown = false;
    return code;
  };
  return {
    interactive,
    get columns() {
      return interactive ? (out.columns ?? 80) : Infinity;
    },
    print: (text) => write(clear() + (interactive ? escapedButColours(`${text}\n`) : `${text}\n`)),
    complain: (text) => {
      write(clear());
      writeError(error.isTTY === true ? escapedLines(`${text}\n`) : `${text}\n`);
    },
    transient: (text) => {
      if (!interactive) return;
      write(clear() + escapedLines(text).slice(0, (out.columns ?? 80) - 1));
      shown = text !== '';
    },
    settled: async () => {
      await Promise.all([settled(), errorSettled()]);
    },
    style: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
    foreign: (text) => (interactive ? escapedLines(text) : text),
  };
}

/** EPIPE (the reader is gone) and EIO (the terminal is) end the writing; so does everything else that can happen. */
function writer(stream: Stream): { write(text: string): void; settled(): Promise<void> } {
  let broken = false;
  stream.on('error', () => {
    broken = true;
  });
  return {
    write: (text) => {
      if (!broken && text !== '') stream.write(text);
    },
    settled: () =>
      new Promise((resolve) => {
        if (broken || !stream.writableLength) resolve();
        else stream.write('', () => resolve());
      }),
  };
}
