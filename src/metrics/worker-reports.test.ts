import assert from 'node:assert/strict';
import test from 'node:test';
import type { SupervisorMessage } from '../protocol/messages.ts';
import { mostSeries, type AppFamily, type Family } from '../protocol/metrics.ts';
import { exposeApp } from './app-ledger.ts';
import { exitReason } from './fleet-counters.ts';
import { WorkerReports, type Metered } from './worker-reports.ts';

interface FakeWorker extends Metered {
  sent: SupervisorMessage[];
  silentMs: number;
}

const worker = (id: number, slot: number, release = 1): FakeWorker => {
  const sent: SupervisorMessage[] = [];
  return { id, slot, release, connected: true, silentMs: 0, sent, send: (message) => sent.push(message) };
};

const websockets = (opened: number, open: number): Family[] => [
  { name: 'radiant_websockets_opened_total', series: [{ labels: [], values: [opened] }] },
  { name: 'radiant_websockets', series: [{ labels: [], values: [open] }] },
];

const requests = (count: number): Family => ({
  name: 'radiant_http_requests_total',
  series: [{ labels: ['kept', '2xx'], values: [count] }],
});

const valueOf = (families: Family[], name: string): number | undefined =>
  families.find((family) => family.name === name)?.series[0]?.values[0];

function world(...workers: FakeWorker[]) {
  const living = new Set(workers);
  const reports = new WorkerReports(() => living);
  const tells = (
    each: FakeWorker,
    families: Family[],
    app: AppFamily[] = [],
    id: number | null = null,
  ): void => reports.told(each, { type: 'measured', id, families, app });
  return { living, reports, tells };
}

test('what an ended worker counted stays with its slot, what it had open does not', () => {
  const [first, second, other] = [worker(1, 1), worker(2, 1), worker(3, 2)];
  const { living, reports, tells } = world(first, other);
  tells(first, websockets(5, 2));
  tells(other, websockets(1, 1));
  living.delete(first);
  living.add(second);
  tells(second, websockets(3, 3));
  const [one, two] = reports.slots();
  assert.equal(valueOf(one!.families, 'radiant_websockets_opened_total'), 8);
  assert.equal(valueOf(one!.families, 'radiant_websockets'), 3);
  assert.equal(valueOf(two!.families, 'radiant_websockets_opened_total'), 1);
  living.clear();
  assert.equal(valueOf(reports.slots()[0]!.families, 'radiant_websockets'), 3);
  return reports.ask().then(() => {
    assert.equal(valueOf(reports.slots()[0]!.families, 'radiant_websockets'), undefined);
    assert.equal(valueOf(reports.slots()[0]!.families, 'radiant_websockets_opened_total'), 8);
  });
});

const ratio = (value: number): Family => ({
  name: 'radiant_event_loop_utilization_ratio',
  series: [{ labels: [], values: [value] }],
});

test('in whatever order workers end, their seconds add up to the same', () => {
  const workers = [worker(1, 1), worker(2, 1), worker(3, 1)];
  const { living, reports, tells } = world(...workers);
  workers.forEach((each, i) => tells(each, [seconds([0.1, 0.2, 0.3][i]!)]));
  const shown = (): number =>
    valueOf(reports.slots()[0]!.families, 'radiant_event_loop_active_seconds_total')!;
  const before = shown();
  assert.equal(before, 0.6);
  for (const each of workers.toReversed()) {
    living.delete(each);
    tells(workers[0]!, [seconds(0.1)]);
    if (each.id > 1) assert.equal(shown(), before);
  }
});

const seconds = (value: number): Family => ({
  name: 'radiant_event_loop_active_seconds_total',
  series: [{ labels: [], values: [value] }],
});

test('two workers of one slot count together; of what cannot be added the larger counts', () => {
  const [old, fresh] = [worker(1, 1), worker(2, 1)];
  const { reports, tells } = world(old, fresh);
  tells(old, [...websockets(5, 2), ratio(0.9)]);
  tells(fresh, [...websockets(1, 1), ratio(0.2)]);
  const { families } = reports.slots()[0]!;
  assert.equal(valueOf(families, 'radiant_websockets'), 3);
  assert.equal(valueOf(families, 'radiant_websockets_opened_total'), 6);
  assert.equal(valueOf(families, 'radiant_event_loop_utilization_ratio'), 0.9);
});

test('a scrape waits for those that answer; one that is stuck is asked once and not waited for', async () => {
  const [well, stuck] = [worker(1, 1), worker(2, 2)];
  const { reports, tells } = world(well, stuck);
  tells(stuck, websockets(7, 1));
  stuck.silentMs = 60_000;
  well.send = (message) => {
    if (message.type === 'measure') tells(well, websockets(2, 2), [], message.id);
  };
  await reports.ask();
  await reports.ask();
  assert.deepEqual(
    reports.slots().map(({ families }) => valueOf(families, 'radiant_websockets_opened_total')),
    [2, 7],
  );
  assert.equal(stuck.sent.length, 1);
});

test("a worker's word is checked: what is no figure of the table does not count", () => {
  const one = worker(1, 1);
  const { reports, tells } = world(one);
  const series = { labels: ['kept', '2xx'], values: [1] };
  tells(one, [
    { name: 'toString', series: [{ labels: [], values: [1] }] },
    { name: 'radiant_workers', series: [{ labels: ['ready'], values: [1] }] },
    { name: 'radiant_websockets_opened_total', series: [{ labels: ['more'], values: [1] }] },
    { name: 'radiant_websockets_closed_total', series: [{ labels: [], values: [-1] }] },
    { name: 'radiant_ddp_method_duration_seconds', series: [{ labels: [], values: [1, 2] }] },
    {
      name: 'radiant_http_requests_total',
      series: [series, ...Array.from({ length: 9_000 }, (_, i) => ({ ...series, labels: [`${i}`, '2xx'] }))],
    },
  ]);
  const counts = reports.slots()[0]!.families.map(({ name, series: { length } }) => [name, length]);
  assert.deepEqual(counts, [['radiant_http_requests_total', mostSeries]]);
});

test('requests count for the release that answered them, of the last ten', () => {
  const { living, reports, tells } = world();
  for (let release = 1; release <= 12; release += 1) {
    const each = worker(release, 1, release);
    living.add(each);
    tells(each, [requests(release)]);
    living.clear();
  }
  const last = worker(13, 1, 13);
  living.add(last);
  tells(last, [requests(13)]);
  const byRelease = [...reports.requestsByRelease()].map(([release, counts]) => [release, counts.get('2xx')]);
  assert.deepEqual(
    byRelease,
    Array.from({ length: 11 }, (_, i) => [i + 3, i + 3]),
  );
});

const family = (name: string, kind: string, value: number, labels: string[] = []): AppFamily => ({
  name,
  help: 'help',
  kind,
  samples: [{ name, labels, value }],
});

test("the app's own counters outlive their worker; what would break a scrape is left out", () => {
  const [first, second] = [worker(1, 1), worker(2, 1)];
  const { living, reports, tells } = world(first);
  tells(first, [], [family('orders_total', 'counter', 5), family('queue', 'gauge', 4)], 1);
  living.delete(first);
  living.add(second);
  const bad = [
    family('bad name', 'gauge', 1),
    family('radiant_workers', 'gauge', 1),
    family('bad_label', 'gauge', 1, ['a b', 'x']),
    { ...family('foreign_part', 'counter', 1), samples: [{ name: 'something_else', labels: [], value: 1 }] },
  ];
  const good = [family('orders_total', 'counter', 2), family('queue', 'gauge', 1, ['slot', 'a'])];
  tells(second, [], [...good, ...bad], 2);
  const lines = exposeApp(reports.slots()).flatMap(({ samples }) =>
    samples.map(({ name, labels, value }) => [name, ...labels.map((label) => label.join('=')), value]),
  );
  assert.deepEqual(lines, [
    ['orders_total', 'slot=1', 7],
    ['queue', 'slot=1', 'exported_slot=a', 1],
  ]);
});

test('the reasons of exits are few', () => {
  const reasons = [
    'ended by SIGKILL',
    'ended by SIGSEGV',
    'exited with code 3',
    'did not listen within 60 s',
    'was killed: its event loop hung for 30 s in loop (app.js:1:1)',
    'ended while no supervisor watched it',
  ];
  assert.deepEqual(
    reasons.map((reason) => exitReason({ expected: false, reason })),
    ['killed', 'crashed', 'crashed', 'timeout', 'hang', 'unwatched'],
  );
  assert.equal(exitReason({ expected: true, reason: 'ended by SIGTERM' }), 'asked');
});
