import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Control, EventStream } from '../../control/client.ts';
import { fakeStatus, fakeWorker } from '../../../test/support/fake-fleet.ts';
import { RadiantError } from '../../common/errors.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Status } from '../../running/status.ts';
import { followStart, type Startup } from './startup.ts';

interface Rig {
  startup: Startup;
  seen: string[];
  emit: (event: FleetEvent) => void;
  /** The supervisor is gone; the next one answers with `next`. */
  replace: (next: Status) => void;
  connected: Promise<void>;
}

function unused(): Promise<never> {
  return Promise.reject(new Error('not for this test'));
}

function follow(status: Status, startTimeout = 60_000): Rig {
  const seen: string[] = [];
  let emit: Rig['emit'] | undefined;
  let end: (() => void) | undefined;
  const connected = Promise.withResolvers<void>();
  const control: Control = {
    status: () => Promise.resolve(status),
    scale: unused,
    restart: unused,
    replace: unused,
    deploy: unused,
    maintain: unused,
    reloadCertificates: unused,
    renewCertificate: unused,
    handOver: unused,
    stop: unused,
    events: (listener): Promise<EventStream> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      [emit, end] = [listener, resolve];
      connected.resolve();
      return Promise.resolve({ ended: promise, close: resolve });
    },
  };
  const onEvent = (event: FleetEvent): unknown => seen.push(event.type);
  const startup = followStart({ control, name: 'shop', workers: 2, startTimeout, onEvent });
  return {
    startup,
    seen,
    emit: (event) => emit?.(event),
    replace: (next) => {
      status = next;
      end?.();
    },
    connected: connected.promise,
  };
}

const workers = (...states: ('ready' | 'starting' | 'failing')[]): Status['workers'] =>
  states.map((state, index) => fakeWorker(index + 1, { state }));

const exit: FleetEvent = {
  time: 1,
  type: 'exit',
  slot: 1,
  pid: 5,
  reason: 'exit code 1',
  expected: false,
  output: ['Error: Must pass options.rootUrl or set ROOT_URL in the server environment'],
};

test('the start is over when all workers are ready', async () => {
  const status = fakeStatus({ state: 'starting', workers: workers('ready', 'starting') });
  const { startup, emit, connected, seen } = follow(status);
  await connected;
  status.workers = workers('ready', 'ready');
  emit({ time: 1, type: 'ready', slot: 2, pid: 5, startedInMs: 900 });
  const early = Promise.race([startup.ready, nextTurn('not yet')]);
  assert.equal(await early, 'not yet', 'connections may still be refused');
  status.state = 'running';
  emit({ time: 2, type: 'state', state: 'running' });
  assert.equal(await startup.ready, status);
  assert.deepEqual(seen, ['ready', 'state']);
  await startup.close();
});

test('a failing worker beside a ready one does not hold the others up', async () => {
  const { startup } = follow(fakeStatus({ workers: workers('ready', 'failing') }));
  assert.equal((await startup.ready).workers.length, 2);
  await startup.close();
});

test('when the app only crashes, the reason and its last lines are told with a remedy that fits', async () => {
  const status = fakeStatus({ state: 'starting', workers: workers('starting') });
  const { startup, emit, connected } = follow(status);
  await connected;
  emit(exit);
  status.workers = workers('failing');
  emit({ time: 2, type: 'retry', slot: 1, inMs: 30_000, failing: true });
  await assert.rejects(startup.ready, (error) => {
    assert.ok(error instanceof RadiantError);
    assert.equal(error.code, 'START_FAILED');
    assert.match(
      error.message,
      /^no worker of shop became ready: exit code 1\nits last lines:\n {2}Error: Must pass/,
    );
    assert.match(error.remedy, /--root-url/);
    return true;
  });
  await startup.close();
});

test('an app that never listens fails when its time is over', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { startup, connected } = follow(fakeStatus({ workers: workers('starting') }), 1000);
  await connected;
  context.mock.timers.tick(3000);
  await assert.rejects(startup.ready, /it did not listen on its PORT/);
  context.mock.timers.reset();
  await startup.close();
});

test('a supervisor that was replaced is asked how things are', async () => {
  const { startup, connected, replace } = follow(fakeStatus({ workers: workers('ready', 'starting') }));
  await connected;
  replace(fakeStatus({ workers: workers('ready', 'ready') }));
  assert.deepEqual(
    (await startup.ready).workers.map(({ state }) => state),
    ['ready', 'ready'],
  );
  await startup.close();
});
