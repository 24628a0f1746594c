import type { Control } from '../../control/client.ts';
import { reasonOf } from '../../common/errors.ts';
import { count } from '../output/text.ts';
import { press, type Command } from './input/commands.ts';
import { Feed } from './feed.ts';
import type { Glyphs } from './drawing/glyphs.ts';
import { keysOf } from './input/keys.ts';
import { paint } from './drawing/line.ts';
import { Screen } from './screen.ts';
import { beginning, heard, lostTouch, sampled, type TopState } from './model/state.ts';
import { picture } from './view/view.ts';

/** The terminal that somebody sits at. */
export interface Console {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  colours: boolean;
  glyphs: Glyphs;
}

/** As a shell counts commands that these signals ended. */
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const messageMs = { good: 6_000, bad: 20_000 };
/** Events come in bursts: they are drawn together. */
const burstMs = 50;

/** Shows a fleet and obeys the keyboard, until that or a signal ends it. */
export class Session {
  readonly #control: Control;
  readonly #console: Console;
  readonly #screen: Screen;
  readonly #over = Promise.withResolvers<number>();
  #state: TopState;
  #drawing: NodeJS.Timeout | undefined;

  private constructor(control: Control, console: Console, state: TopState) {
    this.#control = control;
    this.#console = console;
    this.#screen = new Screen(console.output);
    this.#state = state;
  }

  /** Resolves with the exit code; the terminal is as before by then. Errors: those of the first look. */
  static async run(control: Control, console: Console): Promise<number> {
    const feed = new Feed(control);
    const session = new Session(control, console, beginning(await feed.look()));
    const { input, output } = console;
    const ends = Object.entries(signals).map(([name, code]) => ({ name, end: () => session.#end(code) }));
    const leave = (): void => session.#leave();
    const hangUp = (): void => session.#end(signals.SIGHUP);
    const type = session.#guard((text: string) => session.#typed(text));
    const resize = session.#guard(() => session.#redraw());
    for (const { name, end } of ends) process.on(name, end);
    // Whatever else ends the process must not leave a terminal behind that nobody can use.
    process.on('exit', leave);
    input.setEncoding('utf8').on('data', type).on('end', hangUp).on('error', hangUp);
    output.on('resize', resize).on('error', hangUp);
    session.#enter();
    const stop = feed.start(session.#listener());
    try {
      return await session.#over.promise;
    } finally {
      leave();
      for (const { name, end } of ends) process.off(name, end);
      process.off('exit', leave);
      input.off('data', type).off('end', hangUp);
      output.off('resize', resize);
      input.pause();
      clearTimeout(session.#drawing);
      // Nothing is listened to from now on; the connections need not be waited for.
      void stop();
    }
  }

  #enter(): void {
    this.#console.input.setRawMode(true).resume();
    this.#screen.enter();
    this.#draw();
  }

  #leave(): void {
    this.#screen.leave();
    // Of a terminal that has gone nothing can be set back.
    if (!this.#console.input.destroyed) this.#console.input.setRawMode(false);
  }

  #end(code: number): void {
    this.#over.resolve(code);
  }

  /** An error in a callback ends the session as one that is thrown would. */
  #guard<A extends unknown[]>(act: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        act(...args);
      } catch (error) {
        this.#over.reject(error);
      }
    };
  }

  #listener() {
    return {
      sampled: this.#guard((sample: Parameters<typeof sampled>[1]) =>
        this.#become(sampled(this.#state, sample)),
      ),
      heard: this.#guard((event: Parameters<typeof heard>[1]) => {
        this.#state = heard(this.#state, event);
        this.#drawing ??= setTimeout(
          this.#guard(() => this.#draw()),
          burstMs,
        );
      }),
      lost: this.#guard((reason: string) => this.#become(lostTouch(this.#state, reason, performance.now()))),
    };
  }

  #become(state: TopState): void {
    this.#state = state;
    this.#draw();
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    const { output, glyphs, colours } = this.#console;
    // A terminal that does not know its size says 0 by 0.
    const window = { columns: output.columns || 80, rows: output.rows || 24, glyphs };
    this.#screen.draw(picture(this.#state, window, performance.now()).map((line) => paint(line, colours)));
  }

  #redraw(): void {
    this.#screen.forget();
    this.#draw();
  }

  #typed(text: string): void {
    for (const key of keysOf(text)) {
      const { state, command } = press(this.#state, key);
      this.#become(state);
      if (command !== undefined) this.#obey(command);
    }
  }

  #obey(command: Command): void {
    if (command.do === 'quit') this.#end(0);
    else if (command.do === 'redraw') this.#redraw();
    else if (command.do === 'suspend') this.#suspend();
    else void this.#operate(command);
  }

  #suspend(): void {
    this.#leave();
    process.once(
      'SIGCONT',
      this.#guard(() => this.#enter()),
    );
    process.kill(process.pid, 'SIGTSTP');
  }

  async #operate(command: Extract<Command, { do: 'restart' | 'scale' | 'replace' }>): Promise<void> {
    try {
      switch (command.do) {
        case 'restart': {
          this.#say('restarting all workers …');
          const { workers } = await this.#control.restart({});
          this.#say(`restarted ${count(workers, 'worker')}`);
          break;
        }
        case 'scale': {
          this.#say(`scaling by ${command.change} …`);
          const { before, workers } = await this.#control.scale({ workers: command.change });
          this.#say(`there are ${count(workers, 'worker')}, there were ${before}`);
          break;
        }
        case 'replace': {
          this.#say(`draining worker ${command.worker} …`);
          const { pid } = await this.#control.replace({ worker: command.worker });
          this.#say(`worker ${command.worker} was drained; its successor has the pid ${pid}`);
          break;
        }
      }
    } catch (error) {
      this.#say(reasonOf(error), true);
    }
  }

  #say(text: string, bad = false): void {
    const message = { text, bad, until: performance.now() + (bad ? messageMs.bad : messageMs.good) };
    this.#become({ ...this.#state, message });
  }
}
