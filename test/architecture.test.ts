import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pictures } from '../scripts/rooms/draw.ts';
import { imports } from '../scripts/rooms/imports.ts';
import { pictureOf } from '../scripts/rooms/picture.ts';

const root = fileURLToPath(new URL('../src', import.meta.url));

/** The most files that a room may have, tests included. */
const mostFiles = 20;

/** Who must not know whom, whether a circle would come of it or not; `^agent` stands for all of its rooms. */
const strangers: [who: RegExp, whom: RegExp, why: string][] = [
  [/^protocol$/, /^(?!config$)/, 'both ends of a wire know it, whatever their versions'],
  [/^running$/, /^(?!config$)/, 'everybody knows it'],
  [/^agent/, /^(?!agent|protocol$|config$|common$)/, 'it runs in apps, as one file'],
  [/^(?!agent)/, /^agent/, 'it runs in apps, as one file'],
  [/^(?!cli)/, /^cli/, 'what commands print is for people'],
  [/^cli\/(?!top)/, /^cli\/(?!verb|output)/, 'verbs know nothing of one another'],
  [/^(?!supervisor)/, /^supervisor/, 'others talk to it by its sockets'],
  [/^keeper$/, /^(?:supervisor|agent|cli|admin)/, 'it outlives them, and must stay small'],
  [/^(?!dashboard)/, /^dashboard/, 'it runs in browsers'],
  [/^dashboard/, /^(?:supervisor|agent|keeper|control|bundle|node)/, 'it runs in browsers'],
  [
    /^(?:common|machine|disk)$/,
    /^(?:supervisor|agent|cli|admin|control|keeper|releases|bundle)/,
    'it is below',
  ],
];

test('the rooms make no circle', () => {
  const doors = new Map<string, Set<string>>();
  for (const { from, to } of imports()) {
    const known = doors.get(from) ?? new Set<string>();
    doors.set(from, known.add(to));
  }
  const left = new Set<string>();
  const visit = (room: string, path: readonly string[]): void => {
    const at = path.indexOf(room);
    assert.ok(at < 0, `a circle: ${[...path.slice(at), room].join(' → ')}`);
    if (left.has(room)) return;
    for (const next of doors.get(room) ?? []) visit(next, [...path, room]);
    left.add(room);
  };
  for (const room of doors.keys()) visit(room, []);
  assert.ok(left.size > 60, 'it has looked');
});

test('no room knows whom it must not know', () => {
  const wrong = imports().flatMap((each) =>
    strangers
      .filter(([who, whom]) => who.test(each.from) && whom.test(each.to))
      .map(([, , why]) => `${each.file} imports from ${each.to}: ${why}`),
  );
  assert.deepEqual(wrong, []);
});

test('no room is crowded', () => {
  const rooms = Object.groupBy(globSync('**/*.*', { cwd: root }), dirname);
  const crowded = Object.entries(rooms).filter(([, files]) => files!.length > mostFiles);
  assert.deepEqual(
    crowded.map(([room, files]) => `${room}: ${files!.length} files`),
    [],
  );
  assert.ok(Object.keys(rooms).length > 60, 'it has looked');
});

test('each room says what it is for', () => {
  const rooms = new Set(globSync('*/**/*.*', { cwd: root }).map(dirname));
  for (const room of rooms) {
    const text = readFileSync(join(root, room, 'README.md'), 'utf8');
    assert.match(text, /^# .+\n\n.+\n$/, `src/${room}/README.md has a heading and a line`);
  }
  assert.ok(rooms.size > 60, 'it has looked');
});

test('the agent has no dependency', () => {
  for (const file of globSync('{agent,protocol}/**/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue;
    for (const [, name] of readFileSync(join(root, file), 'utf8').matchAll(/from '([^.'][^']*)'/g)) {
      assert.match(name!, /^node:/, `${file} imports ${name}`);
    }
  }
});

test('what is slow to load as an import is taken from builtins.ts', () => {
  const slow = /^import (?!type )[^;]*? from 'node:(http|https|tls)'/m;
  const wrong = globSync('**/*.ts', { cwd: root }).filter(
    (file) => !/^agent\/|\.test\.ts$/.test(file) && slow.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(wrong, []);
});

test('the pictures of the rooms are those of this tree', () => {
  for (const [file, view] of Object.entries(pictures)) {
    const drawn = readFileSync(join(root, '..', file), 'utf8');
    assert.ok(drawn === pictureOf(view), `${file} is old: node scripts/rooms/draw.ts`);
  }
});
