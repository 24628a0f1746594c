/** What terminals send for the keys that are no characters: xterm's control sequences, in both cursor key modes. */
const sequences: Readonly<Record<string, string>> = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[C': '>',
  '\x1bOC': '>',
  '\x1b[D': '<',
  '\x1bOD': '<',
  '\x1b[5~': 'page up',
  '\x1b[6~': 'page down',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
  '\x03': 'ctrl-c',
  '\x0c': 'ctrl-l',
  '\x1a': 'ctrl-z',
};

/** A control sequence (ECMA-48, 5.4), one of the old three-character ones, or a character. */
// oxlint-disable-next-line no-control-regex -- that is what they begin with
const unit = /\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|[^]/gu;

/** The keys of what was typed: their characters, or their names. Sequences of other keys have none. */
export function keysOf(input: string): string[] {
  return [...input.matchAll(unit)].flatMap(([found]) => {
    const name = sequences[found];
    if (name !== undefined) return [name];
    return found.length > 1 && found.startsWith('\x1b') ? [] : [found];
  });
}
