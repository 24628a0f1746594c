import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Message } from '../../src/alerts/alerts.ts';
import { startRadiant } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const app = fileURLToPath(new URL('../../examples/node-app', import.meta.url));

test('a webhook and a command hear of a hang', async (t) => {
  const folder = await testFolder(t);
  const received = Promise.withResolvers<string>();
  const receiver = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      response.end('ok');
      received.resolve(body);
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.after(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/secret`;
  const config = join(folder, 'radiant.config.json');
  await writeFile(config, JSON.stringify({ alerts: { command: 'cat > heard; exit 4' } }));
  const running = await startRadiant({
    app,
    workers: 2,
    args: ['--config', config, '--hang-timeout', '3'],
    env: { RADIANT_ALERTS_WEBHOOK: webhook },
  });
  t.after(() => running.stop());
  const failed = await running.event((event) => event.type === 'notice' && /alerts/.test(event.text));
  const { pid, socketPath } = (await running.status()).workers[0]!;
  http.get({ socketPath, path: '/api/block?ms=600000' }).on('error', () => {});

  const body = await received.promise;
  const { text, alert } = JSON.parse(body) as Message;
  assert.match(
    text,
    /^app on .+: the event loop of worker 1 hung for \d+ s in busyLoop \(.+\); it was killed$/,
  );
  assert.deepEqual([alert.type, alert.app, alert.slot, alert.pid], ['hang', 'app', 1, pid]);
  assert.match(alert.stack![0]!, /^busyLoop \(/);
  const event = await failed.seen;
  assert.ok(event.type === 'notice');
  assert.equal(event.text, 'the command of `alerts` failed: it ended with code 4');
  assert.equal(await readFile(join(folder, 'heard'), 'utf8'), body);
  const environment = await readFile(`/proc/${(await running.status()).workers[1]!.pid}/environ`, 'utf8');
  assert.doesNotMatch(environment, /secret/, 'the app is not told');
  assert.doesNotMatch(running.output() + JSON.stringify(await running.status()), /secret/);
});
