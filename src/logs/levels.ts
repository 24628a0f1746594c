/** From the least to the most. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof levels)[number];

export const atLeast = (level: Level, wanted: Level): boolean =>
  levels.indexOf(level) >= levels.indexOf(wanted);

/** What loggers call their levels, in small letters. */
const words: Readonly<Record<string, Level>> = {
  trace: 'trace',
  silly: 'trace',
  verbose: 'debug',
  debug: 'debug',
  http: 'info',
  info: 'info',
  information: 'info',
  notice: 'info',
  log: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  severe: 'error',
  fatal: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emergency: 'fatal',
  emerg: 'fatal',
  panic: 'fatal',
};

/** What loggers colour their words with: control sequences of ECMA-48. Node can strip them too, a browser cannot. */
const colours = new RegExp(String.raw`\u001b\[[\d;:]*m`, 'g');
const withoutColours = (text: string): string => text.replace(colours, '');

const word = (text: string): Level | undefined => {
  const small = text.toLowerCase();
  return Object.hasOwn(words, small) ? words[small] : undefined;
};

const names = Object.keys(words).join('|');
/** Only so much of a line is searched: further on stands what it is about. */
const headLength = 120;

/** `[error]`, `<warn>`, `level=warn`, `lvl="warn"`; `warn:` at the beginning or after a time or the like. */
const marked = [
  new RegExp(String.raw`[[<(](${names})[\]>)]`, 'i'),
  new RegExp(String.raw`\b(?:level|lvl|severity)[=:]\s*"?(${names})\b`, 'i'),
  new RegExp(String.raw`^(?:[\d:.,TZ+/\s-]*|\S+\s)(${names})(?::|\s+[-|:])`, 'i'),
];
/** A word in capitals, at the beginning or after a time, a process or a name in brackets. */
const capitals = new RegExp(String.raw`^(?:[\d:.,TZ+/\s-]|\[[^\]]*\]|\([^)]*\))*(${names.toUpperCase()})\b`);
/** Meteor's own logger: `W20261124-14:02:11.123(0) app.js:5 …`; glog has no dash. */
const lettered = /^([IWEDF])\d{4,8}[-\s]\d{1,2}:\d{2}:\d{2}/;
const letters: Readonly<Record<string, Level>> = { D: 'debug', I: 'info', W: 'warn', E: 'error', F: 'fatal' };
/** `TypeError: …`, `Uncaught Error: …`, `Error [ERR_X]: …`, `MongoServerError: …`. */
const thrown =
  /^(?:Uncaught |Unhandled |Exception |\[)*(?:[A-Z]\w*\.)*[A-Z]?\w*(?:Error|Exception)\b(?: \[\w+\])?(?::|$)/;
/** `(node:4711) DeprecationWarning: …` */
const nodeWarning = /^\(node:\d+\) (?:\[\w+\] )?\w*Warning:/;
/** What Node prints above an exception that nobody caught: where it was thrown. */
const thrownAt = /^(?:file:\/\/|node:|\/).*:\d+$/;

function ofJson(line: string): Level | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { level, severity, lvl } = entry as Record<string, unknown>;
  const said = level ?? severity ?? lvl;
  if (typeof said === 'number') return ofNumber(said);
  return typeof said === 'string' ? word(withoutColours(said).trim()) : undefined;
}

/** As pino and bunyan count. */
function ofNumber(level: number): Level {
  return levels[Math.min(5, Math.max(0, Math.floor(level / 10) - 1))]!;
}

/** The level that a line itself tells; undefined if it tells none. */
export function levelOf(line: string): Level | undefined {
  if (line.startsWith('{')) return ofJson(line);
  const head = withoutColours(line.slice(0, headLength)).trimStart();
  const letter = lettered.exec(head)?.[1];
  if (letter !== undefined) return letters[letter];
  if (nodeWarning.test(head)) return 'warn';
  if (thrown.test(head) || thrownAt.test(head)) return 'error';
  const found = capitals.exec(head) ?? marked.map((form) => form.exec(head)).find((match) => match !== null);
  return found?.[1] === undefined ? undefined : word(found[1]);
}

/** What belongs to the line above: stack frames, and whatever else is indented, empty, or closes a bracket. */
const belongs = /^(?:\s|$|\^|[}\])]|Caused by:|caused by:|Node\.js v\d)/;

/** Gives the lines of one log their levels, in their order: what belongs to the line above has that one's. */
export class Levels {
  #above: Level = 'info';
  /** The line above said where an exception was thrown: the source line follows. */
  #source = false;

  of(line: string): Level {
    const part = this.#source || belongs.test(line);
    this.#source = thrownAt.test(line);
    if (!part) this.#above = levelOf(line) ?? 'info';
    return this.#above;
  }
}
