import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import xterm, { type Terminal } from '@xterm/headless';

const run = promisify(execFile);

/** Says where it is, runs what it is given, then says how that ended and in which mode it left the terminal. */
const shell = `
stty cols $COLUMNS rows $LINES
echo "tty $(tty)"
sh -c 'echo "pid $$"; exec "$@"' sh "$@"
echo "ended with $?"
echo "modes: $(stty -a | grep -ow -e '-\\?echo' -e '-\\?icanon' | tr '\\n' ' ')."
`;

/** Milliseconds, on a machine that is busy. */
const patience = 60_000;

export interface Size {
  columns: number;
  rows: number;
}

/** A program at a terminal of its own: a real pseudo terminal, made by script(1), and what xterm would show of it. */
export class Pty {
  readonly terminal: Terminal;
  /** All that was written, with its control sequences. */
  raw = '';
  /** Resolves when the program has ended, and the shell around it. */
  readonly ended: Promise<unknown>;
  readonly #script: ChildProcess;
  readonly #changed = new Set<() => void>();

  constructor(command: readonly string[], { columns, rows }: Size, env: NodeJS.ProcessEnv) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    // script(1) has its command run by $SHELL; the arguments travel in the environment.
    const quoted = ['sh', '-c', shell, 'sh', ...command].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    this.#script = spawn('script', ['--quiet', '--command', quoted.join(' '), '/dev/null'], {
      env: {
        ...process.env,
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        ...env,
        COLUMNS: `${columns}`,
        LINES: `${rows}`,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#script.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.raw += text;
      this.terminal.write(text, () => {
        for (const look of this.#changed) look();
      });
    });
    this.ended = once(this.#script, 'close');
  }

  /** The lines of the screen, without the spaces at their ends. */
  get lines(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) =>
      active.getLine(active.viewportY + row)!.translateToString(true),
    );
  }

  get text(): string {
    return this.lines.join('\n');
  }

  type(keys: string): void {
    this.#script.stdin!.write(keys);
  }

  /** Resolves when the screen shows something that matches. */
  shows(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(() => pattern.exec(this.text) ?? undefined, String(pattern));
  }

  /** Resolves with the first value that is not undefined; rejects, with the screen, when it does not come. */
  until<T>(look: () => T | undefined, what: string): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const fail = (why: string): void => reject(new Error(`${why}: ${what}; the screen:\n${this.text}`));
    const again = (): void => {
      const value = look();
      if (value !== undefined) resolve(value);
    };
    const timer = setTimeout(() => fail('it does not show'), patience);
    this.#changed.add(again);
    again();
    // What it wrote last is looked at first.
    void this.ended.then(() => this.terminal.write('', () => (again(), fail('it ended before'))));
    return promise.finally(() => {
      clearTimeout(timer);
      this.#changed.delete(again);
    });
  }

  /** The process id of the program. */
  get pid(): number {
    return Number(/^pid (\d+)/m.exec(this.raw)![1]);
  }

  /** As when somebody pulls at the window. */
  async resize({ columns, rows }: Size): Promise<void> {
    this.terminal.resize(columns, rows);
    const tty = /^tty (\S+)/m.exec(this.raw)![1]!;
    await run('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
  }

  kill(): void {
    this.#script.kill('SIGKILL');
    this.terminal.dispose();
  }
}
