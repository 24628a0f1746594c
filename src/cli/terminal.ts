import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command prints. A reader that goes away (`| head`) ends the printing, never the app. */
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
    print: (text) => write(`${clear()}${text}\n`),
    complain: (text) => {
      write(clear());
      writeError(`${text}\n`);
    },
    transient: (text) => {
      if (!interactive) return;
      write(clear() + text.slice(0, (out.columns ?? 80) - 1));
      shown = text !== '';
    },
    settled: async () => {
      await Promise.all([settled(), errorSettled()]);
    },
    style: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
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
