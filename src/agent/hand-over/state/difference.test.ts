import assert from 'node:assert/strict';
import test from 'node:test';
import { Random, seedOfRun } from '../../../../test/support/random.ts';
import { ClientView, difference, sameJson } from './difference.ts';
import type { Documents } from './state.ts';

const viewOf = (documents: Documents): ClientView => {
  const view = new ClientView();
  for (const [collection, all] of Object.entries(documents)) {
    for (const [id, fields] of Object.entries(all)) view.hear({ msg: 'added', collection, id, fields });
  }
  return view;
};

test('what a client has already is not told again', () => {
  const documents = { notes: { a: { text: 'x', when: { $date: 5 } }, b: {} } };
  assert.deepEqual(difference(documents, {}, viewOf(documents)), []);
  const turned = { notes: { b: {}, a: { when: { $date: 5 }, text: 'x' } } };
  assert.deepEqual(difference(documents, {}, viewOf(turned)), [], 'in whatever order');
});

test('what is new, other or gone is told as Meteor tells it', () => {
  const before = { notes: { a: { text: 'x', n: 1 }, b: { n: 2 } }, users: { u: { name: 'U' } } };
  const now = { notes: { a: { text: 'y', m: 3 }, c: { n: 4 } } };
  assert.deepEqual(difference(before, {}, viewOf(now)), [
    { msg: 'removed', collection: 'notes', id: 'b' },
    { msg: 'changed', collection: 'notes', id: 'a', fields: { text: 'y', m: 3 }, cleared: ['n'] },
    { msg: 'added', collection: 'notes', id: 'c', fields: { n: 4 } },
    { msg: 'removed', collection: 'users', id: 'u' },
  ]);
  const less = viewOf({ notes: { a: { text: 'x' }, b: { n: 2 } }, users: { u: { name: 'U' } } });
  assert.deepEqual(difference(before, {}, less), [
    { msg: 'changed', collection: 'notes', id: 'a', cleared: ['n'] },
  ]);
});

test('of documents whose fields the server does not keep the client is told all of them', () => {
  const now = viewOf({ log: { a: { n: 1 }, c: { n: 3 } } });
  assert.deepEqual(difference({}, { log: ['a', 'b'] }, now), [
    { msg: 'removed', collection: 'log', id: 'b' },
    { msg: 'changed', collection: 'log', id: 'a', fields: { n: 1 } },
    { msg: 'added', collection: 'log', id: 'c', fields: { n: 3 } },
  ]);
});

test('names of JavaScript are names like any other', () => {
  const odd = JSON.parse('{"constructor":{"__proto__":{"toString":1}}}') as Documents;
  assert.deepEqual(difference(odd, {}, viewOf(odd)), []);
  assert.deepEqual(difference({}, {}, viewOf({ valueOf: { hasOwnProperty: { n: 1 } } })), [
    { msg: 'added', collection: 'valueOf', id: 'hasOwnProperty', fields: { n: 1 } },
  ]);
});

test('whoever is told the difference has what the other one has', (t) => {
  const seed = seedOfRun();
  t.diagnostic(`RADIANT_SEED=${seed}`);
  const random = new Random(seed);
  const value = (): unknown =>
    random.pick([
      random.int(0, 2),
      'text',
      null,
      true,
      [1, { a: random.int(0, 1) }],
      { $date: random.int(0, 2) },
    ]);
  const fields = (): Record<string, unknown> =>
    Object.fromEntries(random.several(0, 3, () => [random.pick(['a', 'b', 'c']), value()]));
  const documents = (): Documents =>
    Object.fromEntries(
      random.several(0, 2, () => [
        random.pick(['x', 'y']),
        Object.fromEntries(random.several(0, 4, () => [random.pick(['1', '2', '3', '4']), fields()])),
      ]),
    );
  for (let i = 0; i < 2_000; i += 1) {
    const [before, after] = [documents(), documents()];
    const client = viewOf(before);
    for (const message of difference(before, {}, viewOf(after))) client.hear(message);
    for (const collection of ['x', 'y']) {
      const had = Object.fromEntries(client.documents.get(collection) ?? []);
      assert.ok(
        sameJson(had, after[collection] ?? {}),
        `${JSON.stringify([before, after])}: ${JSON.stringify(had)}`,
      );
    }
  }
});
