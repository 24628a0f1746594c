import { existsSync, readFileSync, statSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { usableCores } from '../config/values/cores.ts';
import { hasIPv6 } from '../config/values/listen.ts';
import { agentPath } from '../installation.ts';
import type { Config } from '../config/types.ts';
import { epochMs } from '../common/dates.ts';
import type { Status } from '../running/status.ts';
import { runCommand } from '../node/command.ts';
import { usualWorker, type MachineFacts } from './machine-checks.ts';

/** A file of /proc, or nothing where there is none. */
export function procFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Looks at this machine. `status` is that of the app, if it runs. */
export async function lookAtMachine(config: Config, status: Status | undefined): Promise<MachineFacts> {
  const sizes = (status?.workers ?? []).map(({ rssBytes }) => rssBytes).filter((bytes) => bytes > 0);
  const limit = process.constrainedMemory();
  return {
    fileLimit: fileLimit(procFile('/proc/self/limits')),
    somaxconn: numberOf(procFile('/proc/sys/net/core/somaxconn')),
    ipv6: hasIPv6(),
    everywhere: config.listen.some(
      (each) => 'host' in each && (each.host === '0.0.0.0' || each.host === '::'),
    ),
    nodeVersion: process.versions.node,
    cores: usableCores(),
    memory: {
      available: Math.min(process.availableMemory(), availableBytes(procFile('/proc/meminfo')) ?? freemem()),
      total: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    },
    workers: (config.scaling?.max ?? config.workers) + config.spare,
    workerBytes: sizes.length > 0 ? Math.max(...sizes) : usualWorker,
    running: status !== undefined,
    clock: { synchronized: await clockSynchronized(), now: epochMs(), newestFile: newestFile(config.app) },
  };
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

/** Node raises the soft limit to the hard one at its start, so the hard one counts for workers. */
export function fileLimit(limits: string | undefined): number | undefined {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(limits ?? '');
  if (!line) return undefined;
  return line[1] === 'unlimited' ? Infinity : Number(line[1]);
}

/** What can be used without swapping: page cache counts as free. */
function availableBytes(meminfo: string | undefined): number | undefined {
  const line = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo ?? '');
  return line ? Number(line[1]) * 1024 : undefined;
}

async function clockSynchronized(): Promise<boolean | undefined> {
  const { code, stdout } = await runCommand(
    'timedatectl',
    ['show', '--property=NTPSynchronized', '--value'],
    {
      timeout: 2000,
    },
  );
  const answer = stdout.trim();
  return code === 0 && (answer === 'yes' || answer === 'no') ? answer === 'yes' : undefined;
}

/** When the newest of some files was written that a machine with a right clock must have been made before. */
function newestFile(app: string): number {
  const files = [process.execPath, agentPath, app].filter((path) => existsSync(path));
  return Math.max(0, ...files.map((path) => statSync(path).mtimeMs));
}
