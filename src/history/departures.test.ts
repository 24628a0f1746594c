import assert from 'node:assert/strict';
import { test } from 'node:test';
import { departuresText } from './departures.ts';

const text = (handedOver: number, reconnected: Record<string, number>): string | undefined =>
  departuresText({ handedOver, reconnected });

test('who was handed over and who reconnected, and why', () => {
  assert.equal(text(0, {}), undefined);
  assert.equal(text(412, {}), 'handed over 412, reconnected 0');
  assert.equal(text(412, { 'state over 1 MB': 3 }), 'handed over 412, reconnected 3: state over 1 MB');
  assert.equal(
    text(0, { 'state over 1 MB': 3, 'TLS in the worker': 40 }),
    'handed over 0, reconnected 43: TLS in the worker (40), state over 1 MB (3)',
  );
});
