import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { runCommand } from '../support/command.ts';
import { transports } from '../support/ddp-client.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { MeteorUser } from '../support/meteor-user.ts';
import { startRadiant } from '../support/radiant.ts';
import { Scrape } from '../support/scrape.ts';
import { testFolder } from '../support/tiny-apps.ts';

const idleApp = fileURLToPath(new URL('apps/idle.cjs', import.meta.url));

async function get(url: string, headers: http.OutgoingHttpHeaders): Promise<http.IncomingMessage> {
  const request = https.get(url, { agent: false, headers });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return response;
}

test('what a sibling answers over HTTPS may take longer than the idle timeout of the app', async (t) => {
  const certificate = makeCertificate(await testFolder(t), 'idle', '127.0.0.1');
  const app = await startRadiant({ app: idleApp, workers: 2, args: tlsArgs(certificate) });
  t.after(() => app.stop());
  const first = await get(app.url, { accept: 'text/html' });
  const cookie = first.headers['set-cookie']![0]!.split(';')[0]!;
  const owner = await text(first);
  const upgrade = { cookie, connection: 'Upgrade', upgrade: 'websocket' };
  const forwarded = async (): Promise<number> => {
    const { series } = await Scrape.of(app);
    const counts = [...series].filter(([name]) => /^radiant_connections_opened_total.*sibling/.test(name));
    return counts.reduce((sum, [, count]) => sum + count, 0);
  };
  // Which worker accepts is the kernel's choice: as often as it takes, until some came to the other one.
  const untilForwarded = async (ask: () => Promise<string>, answer: string): Promise<void> => {
    const before = await forwarded();
    do {
      // oxlint-disable-next-line no-await-in-loop -- another dozen, where all of the last came to their owner
      const answers = await Promise.all(Array.from({ length: 12 }, ask));
      assert.deepEqual(new Set(answers), new Set([answer]));
      // oxlint-disable-next-line no-await-in-loop
    } while ((await forwarded()) === before);
  };
  await untilForwarded(async () => {
    const request = https.get(app.url, { agent: false, headers: upgrade });
    const [, socket] = (await once(request, 'upgrade')) as [unknown, net.Socket];
    socket.end('echo');
    return text(socket);
  }, 'echo');
  await untilForwarded(() => get(`${app.url}/slow`, { cookie }).then(text), owner);
});

test('a restart over HTTPS breaks no session whose connection came to another worker', async (t) => {
  const { path } = await meteorBundle();
  const certificate = makeCertificate(await testFolder(t), 'meteor', '127.0.0.1');
  const app = await startRadiant({ app: path, workers: 2, args: tlsArgs(certificate) });
  t.after(() => app.stop());
  const users: MeteorUser[] = [];
  t.after(() => users.forEach((user) => void user.stop()));
  const bothForward = async (): Promise<boolean> => {
    const { series } = await Scrape.of(app);
    return [1, 2].every(
      (slot) => series.get(`radiant_connections_opened_total{slot="${slot}",origin="sibling"}`)! > 0,
    );
  };
  // Which worker accepts is the kernel's choice: more of them come, until each worker forwards to the other.
  do {
    assert.ok(users.length < 64, 'each worker forwards to the other');
    const more = Array.from(
      { length: 16 },
      (_, i) =>
        new MeteorUser(app.url, `user${users.length + i}`, 200, {
          transport: transports[i % transports.length]!,
          cookies: true,
        }),
    );
    users.push(...more);
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all(more.map(({ started }) => started));
    // oxlint-disable-next-line no-await-in-loop
  } while (!(await bothForward()));
  const { code, output } = await runCommand(app, ['restart']);
  assert.equal(code, 0, output);
  await Promise.all(users.map((user) => user.stop()));
  assert.deepEqual(
    users.flatMap(({ problems, breaks }) => [...problems, ...breaks]),
    [],
  );
});
