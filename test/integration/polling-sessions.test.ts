import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { appNodes } from '../fixtures/nodes.ts';
import { crowd } from '../support/crowd.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { full } from '../support/full-size.ts';

const echo = join(import.meta.dirname, 'apps', 'polling.cjs');

interface Ask {
  method?: string;
  body?: string;
  accepts?: string;
  /** What of the body is waited for: by default all of it. */
  until?: RegExp;
}

/** A request on a connection of its own. */
async function ask(app: RunningApp, path: string, { method = 'GET', body, accepts, until }: Ask = {}) {
  const { port } = app;
  const headers = accepts === undefined ? {} : { 'Accept-Encoding': accepts };
  const request = http.request({ port, host: '127.0.0.1', path, method, headers, agent: false }).end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    if (until?.test(Buffer.concat(chunks).toString('latin1'))) break;
  }
  request.destroy();
  const bytes = Buffer.concat(chunks);
  const coding = response.headers['content-encoding'];
  const plain = coding === 'gzip' ? gunzipSync(bytes) : coding === 'deflate' ? inflateSync(bytes) : bytes;
  return { status: response.statusCode, text: plain.toString('latin1') };
}

const polls = async (app: RunningApp): Promise<number> =>
  (await app.status()).workers.reduce((sum, { longPolls }) => sum + longPolls, 0);

/** Opens a session, and gives what sends something to it: the session lives where each of these finds it. */
type Open = (app: RunningApp, id: number) => Promise<() => Promise<void>>;

const sends = (app: RunningApp, path: string, body: string, expected: number): (() => Promise<void>) =>
  async function send() {
    const { status, text } = await ask(app, path, { method: 'POST', body });
    assert.equal(status, expected, `${path}: ${text}`);
  };

/** SockJS, which ends a session with its poll unless that has been answered. */
const sockjs =
  (transport: string, how: Ask, send: [string, string, number]): Open =>
  async (app, id) => {
    const path = `/echo/000/${transport}${id}`;
    const { text } = await ask(app, `${path}/${transport}?c=call`, how);
    assert.match(text, /o/);
    const [by, body, expected] = send;
    return sends(app, `${path}/${by}`, body, expected);
  };

const engineIo =
  (manner: string, query: string, accepts?: string): Open =>
  async (app) => {
    const path = `/${manner}/?transport=polling&${query}`;
    const { text } = await ask(app, path, accepts === undefined ? {} : { accepts });
    const [, sid] = /sid\\?":\\?"([^"\\]+)/.exec(text)!;
    const body = query.includes('EIO=3') ? (query.includes('j=') ? 'd=2:4x' : '2:4x') : '4x';
    return sends(app, `${path}&sid=${sid}`, body, 200);
  };

const closed: Record<string, Open> = {
  xhr: sockjs('xhr', { method: 'POST' }, ['xhr_send', '["x"]', 204]),
  jsonp: sockjs('jsonp', {}, ['jsonp_send', '["x"]', 200]),
  'Engine.IO 4': engineIo('plain', 'EIO=4'),
  'Engine.IO 3': engineIo('old', 'EIO=3'),
  'Engine.IO 3 in a script': engineIo('old', 'EIO=3&j=1'),
  'Engine.IO in gzip': engineIo('compressed', 'EIO=4', 'gzip'),
  'Engine.IO in deflate': engineIo('compressed', 'EIO=4', 'deflate'),
  'Engine.IO with a greeting': engineIo('greeting', 'EIO=4', 'gzip'),
};
/** Their sessions end with the answer, for which reason that is read no further than its opening. */
const streams: Record<string, Ask & { frame: RegExp }> = {
  xhr_streaming: { method: 'POST', frame: /h\no\n$/ },
  eventsource: { frame: /data: o\r\n/ },
  htmlfile: { frame: /p\("o"\)/ },
};
const each = full ? 30 : 4;

for (const version of ['14.21.3', '20', '26']) {
  test(`each transport of SockJS and Engine.IO opens sessions that every worker finds, Node ${version}`, async (t) => {
    const [node] = await appNodes(version);
    const running = await startRadiant({ app: echo, workers: 3, args: ['--node', node!.path] });
    t.after(() => running.stop());
    let opened = 0;
    for (const [name, open] of Object.entries(closed)) {
      // oxlint-disable-next-line no-await-in-loop -- one transport after the other: the count tells which one is not seen
      const all = await crowd(each, 4, (index) => open(running, index));
      opened += each;
      // oxlint-disable-next-line no-await-in-loop
      await eventually(`${name}: all are counted`, async () => (await polls(running)) === opened);
      // oxlint-disable-next-line no-await-in-loop
      await crowd(each, 4, async (index) => {
        // oxlint-disable-next-line no-await-in-loop -- Engine.IO takes one at a time
        for (let i = 0; i < 4; i += 1) await all[index]!();
      });
    }
    for (const [transport, { frame, method }] of Object.entries(streams)) {
      // oxlint-disable-next-line no-await-in-loop
      await crowd(each, 4, (index) =>
        ask(running, `/echo/000/${transport}${index}/${transport}?c=call`, {
          ...(method === undefined ? {} : { method }),
          until: frame,
        }),
      );
      opened += each;
      // oxlint-disable-next-line no-await-in-loop
      await eventually(`${transport}: all are counted`, async () => (await polls(running)) === opened);
    }
    for (const path of [
      '/echo/000/never/xhr_send',
      '/echo/000/never/xhr',
      '/plain/?EIO=4&transport=polling&sid=never',
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      await ask(running, path, { method: path.endsWith('xhr') ? 'PUT' : 'POST', body: '["x"]' });
    }
    assert.equal(await polls(running), opened, 'what the app has refused is no session');
  });
}
