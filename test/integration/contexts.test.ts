import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { nodesInTurn } from '../fixtures/nodes.ts';
import { freePort, startRadiant } from '../support/radiant.ts';

const script = fileURLToPath(new URL('apps/contexts.cjs', import.meta.url));
const rounds = 10;

/** All that comes on a connection of its own. */
async function exchange(port: number, path: string, ...fields: string[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  socket.write(`${[`GET ${path} HTTP/1.1`, 'Host: x', ...fields].join('\r\n')}\r\n\r\n`);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

function found(text: string): unknown {
  const [json] = /\{.*\}/.exec(text) ?? assert.fail(`no answer: ${text}`);
  return (JSON.parse(json) as { found: unknown }).found;
}

const upgrades = ['Connection: Upgrade', 'Upgrade: websocket'];
const engineIo = '/socket.io/?EIO=4&transport=polling';
/** Requests that are answered at once, and those that wait for what the supervisor says. */
const requests: Record<string, string[]> = {
  'a page': ['/', 'Connection: close'],
  'another page of a client with a cookie': ['/', 'Connection: close', 'Cookie: radiant-app=2.1'],
  'an Engine.IO open': [engineIo, 'Connection: close'],
  'a session that nobody knows': ['/sockjs/000/unknown1/xhr', 'Connection: close'],
  'a WebSocket': ['/websocket', ...upgrades],
};

for (const { version, path: node, test } of await nodesInTurn()) {
  test(`no request begins in another client's context: Node ${version}`, async (t) => {
    const app = await startRadiant({ app: script, args: ['--node', node] });
    t.after(() => app.stop());
    for (const [name, [path, ...fields]] of Object.entries(requests)) {
      for (let i = 0; i < rounds; i += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one client after the other
        const text = await exchange(app.port, path!, ...fields);
        assert.equal(found(text), 'nobody', name);
      }
    }
  });

  test(`what the app throws ends its worker as it ends the bare app: Node ${version}`, async (t) => {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port) };
    const bare = spawn(node, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    bare.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
    await once(bare.stdout, 'data');
    void exchange(port, '/?throw');
    const [code] = (await once(bare, 'close')) as [number];
    assert.equal(code, 1);
    const source = readFileSync(script, 'utf8').split('\n');
    const line = source.findIndex((text) => text.includes('it stands here')) + 1;
    const place = new RegExp(`${script}:${line}\\n.*it stands here\\n +\\^\\n+Error: the app itself\\n`);
    assert.match(said, place);
    const app = await startRadiant({ app: script, args: ['--node', node] });
    t.after(() => app.stop());
    for (const url of ['/?throw', `${engineIo}&throw`]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { seen } = await app.event((event) => event.type === 'exit');
      void exchange(app.port, url);
      // oxlint-disable-next-line no-await-in-loop
      const exit = await seen;
      assert.ok(exit.type === 'exit' && !exit.expected);
      assert.match(`${exit.output.join('\n')}\n`, place, url);
      assert.match(exit.reason, /1/);
    }
  });
}
