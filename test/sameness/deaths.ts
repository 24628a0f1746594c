import assert from 'node:assert/strict';
import type { Case } from './case.ts';
import { play } from './play.ts';
import type { Stage } from './stage.ts';
import { ways, type Way } from './ways.ts';

/** A request that ends the process that answers it. */
const deadly: Case = {
  mode: 'plain',
  requests: [
    {
      line: 'GET /deadly HTTP/1.1',
      fields: ['host: app'],
      body: '',
      eol: '\r\n',
      plan: { dies: true, ends: 'cut' },
    },
  ],
  pipelined: false,
  cuts: [],
  malformed: false,
  finish: 'next',
  stream: { body: '', framing: 'none', trailers: {}, cookiesApart: false },
};

/** As `diesOnce` for each of these ways; those of different stands at the same time. */
export async function dieInAllWays(stage: Stage): Promise<void> {
  const fitting = ways.filter(({ name, http2 }) => name !== 'moved' && (!http2 || stage.http2));
  const stands = new Set(fitting.map(({ stand }) => stand));
  await Promise.all(
    [...stands].map(async (stand) => {
      for (const way of fitting) {
        // oxlint-disable-next-line no-await-in-loop -- one death after the other
        if (way.stand === stand) await diesOnce(stage, way);
      }
    }),
  );
}

/** An app that throws ends one worker: it is asked once, nobody else dies of it, and its client hears of it. */
async function diesOnce(stage: Stage, way: Way): Promise<void> {
  if (way.stand === 'bare') return;
  const lost = stage.lost[way.stand];
  const before = lost.length;
  const { got, saw } = await play(stage, deadly, way, false);
  assert.deepEqual(got.answers, [], `${way.name}: nobody can have answered`);
  assert.notEqual(got.end, 'open', `${way.name}: the connection goes on`);
  assert.notEqual(got.end, 'silent', `${way.name}: the client waits for ever`);
  await stage.recovered(way.stand, before);
  assert.deepEqual(saw, [], 'the dead tell nothing');
  assert.equal(lost.length - before, 1, `${way.name}: workers died: ${lost.slice(before).join('; ')}`);
}
