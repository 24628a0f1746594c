import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, lstat, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { errors } from '../../src/common/errors.ts';
import { freePort } from '../support/radiant.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { programPath } from '../../src/installation.ts';

/** What is missing in CI is a failure. */
const skip = process.getuid?.() === 0 || process.env.CI ? false : 'it needs root, to be two users';

const cli = programPath('cli');
const app = fileURLToPath(new URL('../fixtures/http-app.cjs', import.meta.url));
/** nobody and daemon. */
const [user, other] = [65_534, 1];

interface Said {
  code: number | null;
  output: string;
}

type AsUser = (args: string[], env?: Record<string, string>) => Promise<Said>;

/** A machine's folders: a temporary one for all, and the home of a user. */
async function world(): Promise<{ temporary: string; home: string; run: string; as: AsUser }> {
  const folder = temporaryFolder('rad-own-');
  await chmod(folder, 0o755);
  const [temporary, home] = [join(folder, 'tmp'), join(folder, 'home')];
  for (const path of [temporary, home]) await mkdir(path);
  await chmod(temporary, 0o1777);
  await chown(home, user, user);
  const as: AsUser = (args, env = {}) =>
    run(args, { PATH: process.env.PATH!, HOME: home, TMPDIR: temporary, ...env }, user);
  return { temporary, home, run: join(temporary, `radiant-${user}`), as };
}

async function run(args: string[], env: Record<string, string>, uid: number): Promise<Said> {
  const child = spawn(process.execPath, [cli, ...args], { env, uid, gid: uid, cwd: '/', stdio: 'pipe' });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const parts = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await closed;
  return { code, output: parts.join('') };
}

const startArgs = async (): Promise<string[]> => {
  return ['start', app, '--name', 'app', '--port', String(await freePort()), '--workers', '1', '--detach'];
};

/** What may wait for a user at the place of a folder of theirs. */
const traps: Record<string, (path: string) => Promise<void>> = {
  "another user's folder": async (path) => {
    await mkdir(path, { mode: 0o755 });
    await chown(path, other, other);
  },
  "another user's folder that all may write to": async (path) => {
    await mkdir(path);
    await chown(path, other, other);
    await chmod(path, 0o777);
  },
  'a folder of their own that all may write to': async (path) => {
    await mkdir(path);
    await chown(path, user, user);
    await chmod(path, 0o777);
  },
  'a folder of their own that a group may write to': async (path) => {
    await mkdir(path);
    await chown(path, user, other);
    await chmod(path, 0o770);
  },
  "a link to another user's folder": async (path) => {
    await mkdir(`${path}.real`);
    await chown(`${path}.real`, other, other);
    await symlink(`${path}.real`, path);
  },
};

/** Where: below the temporary folder, or below the user's home, which RADIANT_HOME may name a folder of. */
const places: [string, keyof typeof traps][] = [
  ...Object.keys(traps).map((what): [string, string] => ['run', what]),
  ['home/.local/state/radiant', "another user's folder"],
  ['home/.cache/radiant', "another user's folder that all may write to"],
  ['home/own', 'a folder of their own that all may write to'],
  ['home/own/run', "a link to another user's folder"],
  ['home/own/run/app', "another user's folder"],
  ['home/own/state/app', 'a folder of their own that a group may write to'],
  ['home/own/state/app/log', "another user's folder"],
];

for (const [where, what] of places) {
  test(`nothing is taken from ${what}, nor put there: ${where}`, { skip }, async () => {
    const { home, run: runFolder, as } = await world();
    const path = where === 'run' ? runFolder : join(home, '..', where);
    await mkdirAsUser(join(path, '..'), home);
    await traps[what]!(path);
    const env = where.includes('own') ? { RADIANT_HOME: join(home, 'own') } : {};
    const { code, output } = await as(await startArgs(), env);
    assert.equal(code, errors.UNSAFE_FOLDER.exit, output);
    assert.match(output, new RegExp(`^radiant: ${path} .*\n  Nothing of it was used.*\n$`, 'm'));
    assert.deepEqual(await readdir(path), []);
  });
}

/** The folders on the way, as that user would have made them. */
async function mkdirAsUser(path: string, home: string): Promise<void> {
  if (!path.startsWith(`${home}/`)) return;
  await mkdirAsUser(join(path, '..'), home);
  if ((await lstat(path).catch(() => undefined)) !== undefined) return;
  await mkdir(path);
  await chown(path, user, user);
}

test('commands that only ask do not listen to who set a trap', { skip }, async () => {
  const { run: runFolder, as } = await world();
  await traps["another user's folder"]!(runFolder);
  for (const verb of ['list', 'stop', 'logs']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code, output } = await as([verb]);
    assert.equal(code, errors.UNSAFE_FOLDER.exit, `${verb}\n${output}`);
  }
});

test(
  'the run folder in the temporary folder is for its user alone, whatever the umask',
  { skip },
  async () => {
    const { run: runFolder, as } = await world();
    const before = process.umask(0);
    try {
      const { code, output } = await as(await startArgs());
      assert.equal(code, 0, output);
      const { mode, uid } = await lstat(runFolder);
      assert.deepEqual([(mode & 0o7777).toString(8), uid], ['700', user]);
    } finally {
      process.umask(before);
      await as(['stop']);
    }
  },
);

test('a home that its user, or root, has moved by a link is used', { skip }, async () => {
  const { home, as } = await world();
  await mkdirAsUser(join(home, 'disk'), home);
  await mkdirAsUser(join(home, '.local', 'state'), home);
  await symlink(join(home, 'disk'), join(home, '.local', 'state', 'radiant'));
  try {
    const { code, output } = await as(await startArgs());
    assert.equal(code, 0, output);
    assert.deepEqual(await readdir(join(home, 'disk')), ['app']);
  } finally {
    await as(['stop']);
  }
});

test("root looks at the homes of a unit's user, and starts nothing there", { skip }, async () => {
  const { home } = await world();
  const own = join(home, 'own');
  await mkdirAsUser(own, home);
  const env = { PATH: process.env.PATH!, RADIANT_HOME: own };
  const looked = await run(['list'], env, 0);
  assert.equal(looked.code, 0, looked.output);
  const started = await run(await startArgs(), env, 0);
  assert.equal(started.code, errors.UNSAFE_FOLDER.exit, started.output);
});
