import assert from 'node:assert/strict';
import test from 'node:test';
import { RequestRates } from '../../agent/limits/request-rates.ts';
import type { SupervisorMessage, Tally } from '../../protocol/messages.ts';
import { shareOf, LimitShares } from './limit-shares.ts';

test('what one worker leaves is free for the other; what is too much is divided by use', () => {
  assert.equal(shareOf(100, 30, 20, 2), 80);
  assert.equal(shareOf(100, 150, 50, 2), 75);
  assert.equal(shareOf(100, 0, 100, 2), 12.5, 'nobody is left without any');
});

class Colleague {
  readonly inbox = {} as never;
  heard: Tally | undefined;
  get rounded(): number | undefined {
    return this.heard && Math.round(this.heard[0]!.count);
  }

  send(message: SupervisorMessage): void {
    if (message.type === 'shares') this.heard = message.connections;
  }
}

const has = (count: number): { connections: Tally; requests: Tally } => ({
  connections: count > 0 ? [{ address: 'a', count }] : [],
  requests: [],
});

test('what a worker was left with counts for the next one, until it tells anew or is gone', () => {
  const clock = { ms: 0 };
  const shares = new LimitShares({ connectionsPerAddress: 20 }, () => clock.ms);
  const [first, second] = [new Colleague(), new Colleague()];
  shares.told(first, has(20));
  assert.deepEqual(first.heard, [], 'nobody else is busy');
  shares.told(second, has(20));
  assert.deepEqual(second.heard, [{ address: 'a', count: 10 }]);
  // 20 here and the 10 that the other one keeps.
  shares.told(first, has(20));
  assert.equal(first.rounded, 13);
  shares.told(second, has(0));
  shares.told(first, has(13));
  assert.deepEqual(first.heard, []);
  shares.told(second, has(5));
  clock.ms += 3_001;
  shares.told(first, has(20));
  assert.deepEqual(first.heard, [], 'the other one has been silent for too long');
});

for (const workers of [2, 8]) {
  test(`an address that floods ${workers} workers soon gets about its limit from all of them`, () => {
    const clock = { ms: 0 };
    const limit = 50;
    const shares = new LimitShares({ requestsPerAddress: limit }, () => clock.ms);
    const seats = Array.from({ length: workers }, () => {
      const rates = new RequestRates(limit, { now: () => clock.ms });
      const send = (message: SupervisorMessage): void => {
        if (message.type === 'shares') rates.divide(message.requests);
      };
      return { rates, worker: { inbox: {} as never, send } };
    });
    const through: number[] = [];
    for (let second = 0; second < 20; second += 1) {
      let admitted = 0;
      // 100 ms at a time; the workers tell at different moments of the second.
      for (let step = 0; step < 10; step += 1) {
        clock.ms += 100;
        for (const [index, { rates, worker }] of seats.entries()) {
          for (let i = 0; i < 20; i += 1) if (rates.take('a') === 0) admitted += 1;
          if (step !== index % 10) continue;
          const requests = rates.busy(limit / 4 / workers);
          if (requests.length > 0) shares.told(worker, { connections: [], requests });
          else rates.divide([]);
        }
      }
      through.push(admitted);
    }
    const later = through.slice(5).reduce((sum, each) => sum + each, 0) / 15;
    assert.ok(later > limit * 0.8 && later < limit * 1.3, `${later} a second: ${through.join(' ')}`);
  });
}
