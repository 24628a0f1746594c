import { spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const enter = join(import.meta.dirname, 'sandbox', 'enter.sh');
const repository = join(import.meta.dirname, '..', '..');
const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--ipc', '--uts', '--cgroup'];

/** The first process of a sandbox. */
export const systemd = '/lib/systemd/systemd';

/** A machine of its own, see sandbox/enter.sh: own ports, users and processes, nothing of which outlives it. */
export interface Sandbox {
  /** Runs a script in the sandbox's shell, errors too; ends it where a command of it fails. */
  run(script: string): Promise<{ code: number; output: string }>;
}

/** Why there can be no sandbox here; undefined where there can, and in CI: what is missing there is a failure. */
export function noSandbox(): string | undefined {
  if (process.env.CI) return undefined;
  if (process.platform !== 'linux') return 'it needs the namespaces of Linux';
  if (process.getuid?.() !== 0) return 'it needs root, to make users and to bind ports below 1024';
  if (!existsSync(systemd)) return 'there is no systemd';
  if (unifiedGroups() === undefined) return 'there are no control groups of version 2';
  return spawnSync('unshare', [...namespaces, 'true']).status === 0 ? undefined : 'no new namespaces here';
}

/** Where the tree of control groups of version 2 is; systemd needs no more of them than that. */
export function unifiedGroups(): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
}

/** What a shell in there finds. */
export const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

/** The command that makes a sandbox whose first process is `init`. */
export const entering = (folder: string, given: string, ...init: string[]): string[] => [
  'unshare',
  ...namespaces,
  '/bin/sh',
  enter,
  folder,
  repository,
  given,
  ...init,
];

/** Runs scripts in a shell, one after the other. */
export function runnerOf(shell: ChildProcessByStdio<Writable, Readable, null>): Sandbox['run'] {
  shell.stdin.on('error', () => {}); // the shell's end says more
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const once = async (script: string): Promise<{ code: number; output: string }> => {
    const mark = randomUUID();
    // What goes on in the background must not keep a pipe open that nobody reads any more.
    shell.stdin.write(`sh -e -c ${quoted(script)} < /dev/null 2>&1; code=$?; echo; echo ${mark} $code\n`);
    let output = '';
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- line by line
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the sandbox has ended:\n${output}`);
      const [word, code] = value.split(' ');
      if (word === mark) return { code: Number(code), output: output.replace(/\n$/, '') };
      output += `${value}\n`;
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  return (script) => {
    const next = last.then(() => once(script));
    last = next.catch(() => {});
    return next;
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
