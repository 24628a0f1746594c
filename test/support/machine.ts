import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { eventually } from './eventually.ts';
import { entering, environment, runnerOf, systemd, unifiedGroups, type Sandbox } from './sandbox.ts';

/** A sandbox whose first process is systemd. */
export interface Machine extends Sandbox {
  /** Starts a program in there, as root, past systemd. */
  spawn(...command: string[]): ChildProcessByStdio<Writable, Readable, null>;
}

/** Where Radiant is in there: the checkout may be in /tmp, of which a unit sees nothing. */
export const installed = '/usr/local/lib/radiant';

const repository = join(import.meta.dirname, '..', '..');

/** The script that puts `node` and `radiant` there, with the commands on PATH. */
export const installRadiant = `
mkdir -p /usr/local/bin ${installed}
mount --bind ${repository} ${installed}
ln -s ${installed}/node_modules/.bin/node /usr/local/bin/node
ln -s ${installed}/bin/radiant.cjs /usr/local/bin/radiant`;

const init = [systemd, '--system', '--unit=sandbox.target', '--show-status=no'];

/** `given`: a folder that is /var/given in there, read-only. Resolves when systemd has started. */
export async function openMachine(t: TestContext, given: string): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'rad-machine-'));
  const group = join(unifiedGroups()!, `radiant-${randomUUID()}`);
  await mkdir(group);
  const inGroup = ['sh', '-c', 'echo $$ > "$0/cgroup.procs"; exec "$@"', group];
  const [program, ...args] = [...inGroup, ...entering(folder, given, ...init)];
  const outer = spawn(program!, args, {
    // systemd leaves alone what is the business of whoever made a container.
    env: { ...environment, container: 'sandbox' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(outer, 'exit');
  t.after(async () => {
    outer.kill('SIGKILL');
    await ended;
    await rmdir(folder);
    await eventually('its control groups are empty', () => removed(group));
  });
  const first = await eventually('systemd is the first process', () => firstOf(outer.pid!));
  const enter = ['--target', first, '--all', `--root=/proc/${first}/root`, '--wd=/', '--'];
  const start: Machine['spawn'] = (...command) =>
    spawn('nsenter', [...enter, ...command], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] });
  const run = runnerOf(start('/bin/sh'));
  let state = '';
  const running = async (): Promise<boolean> => {
    state = (await run('systemctl is-system-running --wait || true')).output.trim();
    return state === 'running';
  };
  await eventually('systemd has started', running).catch(async () => {
    throw new Error(
      `systemd: ${state}\n${(await run('systemctl --failed; journalctl -b -p warning')).output}`,
    );
  });
  return { run, spawn: start };
}

/** The child of `unshare`, once it is systemd. */
function firstOf(pid: number): string | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  if (!child) return undefined;
  return readFileSync(`/proc/${child}/comm`, 'utf8') === 'systemd\n' ? child : undefined;
}

/** Control groups are removed from the inside out, once their last process has ended. */
async function removed(group: string): Promise<boolean> {
  const groups = globSync('**/', { cwd: group }).map((each) => join(group, each));
  try {
    for (const each of new Set([...groups.toSorted((a, b) => b.length - a.length), group])) {
      // oxlint-disable-next-line no-await-in-loop -- the inner ones first
      await rmdir(each);
    }
    return true;
  } catch {
    return false;
  }
}
