import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { makeCertificate } from '../support/certificates.ts';
import { startRadiant, type RunOptions } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import { programPath } from '../../src/installation.ts';

const cli = programPath('cli');
const mark = '\uFEFF';

const server = `require('http').createServer((request, response) => {
  const { A, B, METEOR_SETTINGS } = process.env;
  response.end(JSON.stringify({ A, B, settings: METEOR_SETTINGS }));
}).listen(process.env.PORT);`;

const asked = (port: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    https
      .get({ port, host: '127.0.0.1', agent: false, rejectUnauthorized: false }, (answer) =>
        resolve(json(answer)),
      )
      .on('error', reject);
  });

/** Puts a mark before all JSON that is kept of an app. Returns how many files these were. */
async function markState(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.json$|\/admin\.token$/.test(join(entry.parentPath, entry.name)))
    .map((entry) => join(entry.parentPath, entry.name));
  await Promise.all(files.map(async (file) => writeFile(file, mark + (await readFile(file, 'utf8')))));
  return files.length;
}

test('files that begin with a byte order mark say what they would say without', async (t) => {
  const folder = await testFolder(t);
  const { cert, key } = makeCertificate(folder, 'shop', 'localhost');
  const files = {
    'package.json': '{"name":"shop","main":"lib/server"}',
    'lib/server.js': server,
    'settings.json': '{"public":{"a":1}}',
    'shop.env': 'A=first\nB=second\n',
    'radiant.config.json': JSON.stringify({
      app: '.',
      settings: 'settings.json',
      envFile: 'shop.env',
      tls: { cert: 'shop.pem', key: 'shop.key' },
    }),
    'shop.pem': await readFile(cert, 'utf8'),
    'shop.key': await readFile(key, 'utf8'),
  };
  await mkdir(join(folder, 'lib'));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), mark + text)));
  const options: RunOptions = {
    app: folder,
    workers: 1,
    env: { RADIANT_CONFIG: join(folder, 'radiant.config.json') },
  };
  const app = await startRadiant(options);
  t.after(() => app.stop());
  const expected = { A: 'first', B: 'second', settings: files['settings.json'] };
  assert.deepEqual(await asked(app.port), expected);

  const { supervisor } = await app.status();
  assert.ok((await markState(app.home)) >= 4);
  process.kill(supervisor.pid, 'SIGKILL');
  await eventually('the next supervisor has read what was kept', async () => {
    const status = await app.status().catch(() => undefined);
    if (status === undefined || status.supervisor.pid === supervisor.pid) return false;
    return status.workers.some(({ state }) => state === 'ready');
  });
  assert.deepEqual(await asked(app.port), expected);
});

const foreign: Record<string, string> = {
  'ecosystem.config.js': 'module.exports = { apps: [{ name: "shop", script: "server.js", instances: 3 }] };',
  'process.json': '{ "apps": [{ "name": "shop", "script": "server.js" }] }',
  'docker-compose.yml': 'services:\n  shop:\n    image: node\n    environment:\n      PORT: 5000\n',
  '.env': 'PORT=4000\nA=1\n',
};

for (const [name, text] of Object.entries(foreign)) {
  test(`a mark changes nothing of what init takes over: ${name}`, async (t) => {
    const folder = await testFolder(t);
    const init = async (content: string): Promise<string> => {
      await writeFile(join(folder, name), content);
      await promisify(execFile)(process.execPath, [cli, 'init', '--from', name, '--run'], { cwd: folder });
      await rename(join(folder, 'radiant.config.ts'), join(folder, 'made'));
      return readFile(join(folder, 'made'), 'utf8');
    };
    const plain = await init(text);
    assert.match(plain, /name: 'shop'|port: 4000/);
    assert.equal(await init(mark + text), plain);
  });
}
