import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds: how often a lock is looked at by who waits, and touched by who holds it. */
const lookEvery = 100;
const touchEvery = 2_000;
/** A lock that was not touched for so long belongs to nobody; also where its process cannot be asked. */
const abandonedAfter = 30_000;

/**
 * Runs `work` while no other process holds the same lock file. Waits for as long as the holder lives: `waiting`
 * is called once if there is one. The lock of a process that died is taken over.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  waiting: () => void = () => {},
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  let told = false;
  while (!(await take(file, mine))) {
    if (await removeAbandoned(file)) continue;
    if (!told) waiting();
    told = true;
    await delay(lookEvery);
  }
  const touch = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), touchEvery);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    if ((await contentOf(file)) === mine) await rm(file, { force: true });
  }
}

async function take(file: string, mine: string): Promise<boolean> {
  // Written beside and linked: a lock file without its content would look abandoned.
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(mine);
    await link(draft, file);
    return true;
  } catch (error) {
    if (isExisting(error)) return false;
    throw error;
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}

/** Moves an abandoned lock aside first: two processes that both found it must not remove each other's new one. */
async function removeAbandoned(file: string): Promise<boolean> {
  const content = await contentOf(file);
  if (content === undefined) return true;
  if (!(await isAbandoned(file, content))) return false;
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => {});
  const moved = await contentOf(aside);
  if (moved !== undefined && moved !== content) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
  return true;
}

async function isAbandoned(file: string, content: string): Promise<boolean> {
  const age = await stat(file).then(
    (info) => Date.now() - info.mtimeMs,
    () => 0,
  );
  if (age > abandonedAfter) return true;
  const match = /"pid":(\d+),"host":"([^"]*)"/.exec(content);
  return match?.[2] === hostname() && !isAlive(Number(match[1]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

async function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
