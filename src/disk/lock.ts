import { link, mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { epochMs, isoDate } from '../common/dates.ts';
import { startTimeOf } from '../machine/process-start.ts';
import { readTextFile } from '../common/text-file.ts';
import { uniqueId } from '../common/unique-id.ts';
import { Stillness } from '../common/stillness.ts';

/** Milliseconds: how often a lock is looked at by who waits, and touched by who holds it. */
const lookEvery = 100;
const touchEvery = 2_000;
/**
 * A lock that has not been touched for so long, while somebody waits for it, belongs to nobody, where its process cannot be
 * asked. Its date says nothing: the clock may have been set, or be another host's.
 */
const abandonedAfter = 30_000;

/** How long the lock, and the right to remove it, have been as they are. */
type Watched = Record<'lock' | 'right', Stillness>;

/** Who holds a lock: what its file says, as JSON. */
export interface Holder {
  pid: number;
  host: string;
  user: string;
  /** ISO 8601. */
  since: string;
  /** What the lock was taken for; '' where nobody asks. */
  what: string;
  /** The process's start, since a pid is used again; '' where that is not known. */
  start: string;
}

/**
 * Runs `work` while no other process holds the same lock file. Waits for as long as the holder lives: `waiting`
 * is called once if there is one, and what it throws ends the waiting. The lock of a process that died is taken over.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  waiting: (holder: Partial<Holder>) => void = () => {},
  what = '',
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const mine = JSON.stringify({ ...myself(what), id: uniqueId() });
  const watched = { lock: new Stillness(), right: new Stillness() };
  let told = false;
  while (!(await take(file, mine))) {
    const theirs = await contentOf(file);
    if (theirs === undefined || (await removeAbandoned(file, theirs, watched))) continue;
    if (!told) waiting(holderIn(theirs));
    told = true;
    await delay(lookEvery);
  }
  const touching = setInterval(() => void touch(file).catch(() => {}), touchEvery);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    if ((await contentOf(file)) === mine) await rm(file, { force: true });
  }
}

const touch = (file: string): Promise<void> => utimes(file, epochMs() / 1000, epochMs() / 1000);

function myself(what: string): Holder {
  const start = startTimeOf(process.pid);
  const { username } = userInfo();
  return { pid: process.pid, host: hostname(), user: username, since: isoDate(), what, start };
}

async function take(file: string, mine: string): Promise<boolean> {
  // Written beside and linked: a lock file without its content would look abandoned.
  const draft = `${file}.${uniqueId()}`;
  try {
    const handle = await open(draft, 'wx', 0o644); // whoever finds it taken may read by whom
    await handle.writeFile(mine).finally(() => handle.close());
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * True when the lock is worth another try. Only one of those that find the same abandoned lock may remove it, else the
 * slower one would remove the lock that the faster one has taken since: a link whose name follows from the content
 * decides who. It leads to the file it was made from, so it also shows whether that was still the abandoned one.
 */
async function removeAbandoned(file: string, content: string, watched: Watched): Promise<boolean> {
  if (!(await isAbandoned(file, content, watched.lock))) return false;
  const { createHash } = process.getBuiltinModule('node:crypto'); // seldom needed, and large
  const right = `${file}.${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
  try {
    await link(file, right);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    if (codeOf(error) !== 'EEXIST') throw error;
    // Who has the right may have died with it.
    const state = await stat(right).then(({ ctimeMs }) => `right ${ctimeMs}`, uniqueId);
    if (watched.right.look(state) > abandonedAfter) await rm(right, { force: true });
    await delay(lookEvery);
    return true;
  }
  if ((await contentOf(right)) === content) await rm(file, { force: true });
  await rm(right, { force: true });
  return true;
}

async function isAbandoned(file: string, content: string, stillness: Stillness): Promise<boolean> {
  const alive = isAlive(holderIn(content));
  if (alive !== undefined) return !alive;
  const state = await stat(file).then(({ mtimeMs }) => `${mtimeMs} ${content}`, uniqueId);
  return stillness.look(state) > abandonedAfter;
}

/** Undefined where that cannot be told: on another host, or of a process that may have the pid of one that ended. */
function isAlive({ pid, host, start = '' }: Partial<Holder>): boolean | undefined {
  if (pid === undefined || host !== hostname()) return undefined;
  const found = startTimeOf(pid);
  if (start !== '' && found !== '') return found === start;
  try {
    process.kill(pid, 0);
    return start === '' ? undefined : false; // it has ended, and nobody has reaped it
  } catch (error) {
    return codeOf(error) === 'EPERM' ? undefined : false;
  }
}

/** Empty for what is no holder: a disk that lost power may keep a file without its content. */
function holderIn(content: string): Partial<Holder> {
  try {
    const holder = JSON.parse(content) as unknown;
    return typeof holder === 'object' && holder !== null ? holder : {};
  } catch {
    return {};
  }
}

/** Undefined when there is none. One that cannot be read is an error: asking again would not end. */
async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readTextFile(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
