import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';
import { RawClient } from './http-raw.ts';

/** How clients and what stands before them write cookies: as RFC 6265 has it, and not. */
const habits: Record<string, (own: string) => string[]> = {
  'as browsers do': (own) => [`Cookie: a=1; ${own}; b=2`],
  'without a blank behind the semicolon': (own) => [`Cookie: a=1;${own};b=2`],
  'with two blanks, and a tab': (own) => [`Cookie: a=1;  ${own}\t; b=2`],
  'behind empty pairs': (own) => [`cookie:;;a;${own};`],
  'in several fields': (own) => ['Cookie: a=1', `cookie: b=2;${own}`, 'Cookie: c=3'],
  'after one that is broken': (own) => [`Cookie: radiant-app=x; ${own}`],
};

/** Who answers requests with these cookies: the first one of a connection, one with a body, and the next one. */
async function askedBy({ port }: RunningApp, fields: readonly string[]): Promise<number[]> {
  const client = new RawClient({ port, host: '127.0.0.1' });
  const head = ['Host: x', ...fields].join('\r\n');
  const pids: number[] = [];
  const bodies: [string, string][] = [
    ['GET', ''],
    ['POST', 'Content-Length: 1\r\n'],
    ['GET', ''],
  ];
  for (const [method, length] of bodies) {
    client.send(`${method} / HTTP/1.1\r\n${head}\r\n${length}\r\n${length && 'x'}`);
    // oxlint-disable-next-line no-await-in-loop -- one request after the other
    const { body } = await client.answer(method);
    pids.push((JSON.parse(body.toString()) as { pid: number }).pid);
  }
  client.socket.destroy();
  return pids;
}

test('the cookie names the worker, however clients write it', async (t) => {
  const app = await startRadiant({ app: await tinyApp(await testFolder(t), { label: 'shop' }) });
  t.after(() => app.stop());
  const { workers } = await app.status();
  assert.equal(workers.length, 2);
  for (const [habit, write] of Object.entries(habits)) {
    for (const { slot, pid, release } of workers) {
      const fields = write(`radiant-app=${slot}.${release}`);
      // oxlint-disable-next-line no-await-in-loop -- the worker of one connection at a time
      assert.deepEqual(await askedBy(app, fields), [pid, pid, pid], `${habit}, slot ${slot}`);
    }
  }
});
