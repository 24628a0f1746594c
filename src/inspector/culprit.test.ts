import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCulprit, type Frame } from './culprit.ts';

/** A stack from names, innermost first: `loop:3` stands in line 3. */
const stack = (...names: string[]): Frame[] =>
  names.map((each) => {
    const [name = '', line] = each.split(':');
    return { key: name, name, script: '1', lineNumber: Number(line ?? 0), columnNumber: 0 };
  });

const ofApp = ({ name }: Frame): boolean => !name.startsWith('node');

const culprit = (...stacks: Frame[][]): string | undefined => {
  const found = findCulprit(stacks, ofApp);
  return found && `${found.frame.name}:${found.frame.lineNumber} of ${found.stack.length}`;
};

test('the innermost function that is in all stacks does not end', () => {
  const outer = ['method:9', 'node'];
  assert.equal(
    culprit(stack('a', 'loop:3', ...outer), stack('b', 'loop:4', ...outer), stack('loop:2', ...outer)),
    'loop:2 of 3',
  );
});

test('a function that only calls others is shown where it was', () => {
  assert.equal(culprit(stack('a', 'loop:3'), stack('b', 'loop:4')), 'loop:3 of 2');
});

test('what Node calls for the app is not blamed, and neither is Node', () => {
  assert.equal(
    culprit(stack('nodeHrtime', 'loop:5', 'node'), stack('nodeHrtime', 'loop:5', 'node')),
    'loop:5 of 3',
  );
});

test('of an endless chain of callbacks the one is told that was met most often', () => {
  const turn = (name: string): Frame[] => stack(name, 'nodeTick');
  assert.equal(culprit(turn('a'), turn('b'), turn('b')), 'b:0 of 2');
  assert.equal(culprit(stack('a'), stack('b'), stack('b')), 'b:0 of 1');
});

test('where nothing is of the app, what runs is told', () => {
  assert.equal(culprit(stack('nodeTick')), 'nodeTick:0 of 1');
  assert.equal(culprit([]), undefined);
  assert.equal(culprit(), undefined);
});
