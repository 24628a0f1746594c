/** What a screen needs of a terminal. */
export interface Output {
  write(text: string): unknown;
}

// The alternate screen, no cursor, no wrapping at the edge: xterm's private modes 1049, 25 and 7.
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const leave = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';
const clearRest = '\x1b[K';

/** A terminal's alternate screen. A frame is one write, of the lines that have changed. */
export class Screen {
  readonly #out: Output;
  /** What the terminal shows; undefined when that is not known. */
  #shown: readonly string[] | undefined;
  #entered = false;

  constructor(out: Output) {
    this.#out = out;
  }

  enter(): void {
    this.#entered = true;
    this.#shown = [];
    this.#out.write(enter);
  }

  /** What was there before is there again. Does nothing the second time. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#out.write(leave);
  }

  /** After the window's size has changed nobody knows what it shows. */
  forget(): void {
    this.#shown = undefined;
  }

  /** `lines` are as they are to be written, and fit. */
  draw(lines: readonly string[]): void {
    if (!this.#entered) return;
    const shown = this.#shown ?? [];
    let frame = this.#shown === undefined ? '\x1b[2J' : '';
    for (let row = 0; row < Math.max(lines.length, shown.length); row += 1) {
      const line = lines[row] ?? '';
      // The rest is cleared first: behind a full line that would take its last character.
      if (line !== (shown[row] ?? '')) frame += `\x1b[${row + 1};1H${clearRest}${line}`;
    }
    this.#shown = lines;
    if (frame !== '') this.#out.write(frame);
  }
}
