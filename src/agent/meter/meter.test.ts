import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type net from 'node:net';
import test from 'node:test';
import { mostNames, type Family } from '../../protocol/metrics.ts';
import type { Connection } from '../connection/connection.ts';
import { DdpMeter } from './ddp-meter.ts';
import { Distribution } from './family.ts';
import { RequestMeter } from './request-meter.ts';
import { TrafficMeter } from './traffic-meter.ts';

const valueOf = (families: Family[], name: string, ...labels: string[]): number | undefined =>
  families
    .find((family) => family.name === name)!
    .series.find((series) => series.labels.join() === labels.join())?.values[0];

test('a distribution counts into buckets whose bounds are inclusive, and above the last', () => {
  const distribution = new Distribution([1, 2]);
  for (const value of [0.5, 1, 1.5, 2, 3]) distribution.add(value);
  assert.deepEqual(distribution.values, [2, 2, 1, 8]);
});

const connection = (origin: Connection['origin'], placed = false): Connection => ({
  origin,
  placed,
  boundary: 0,
  since: 0,
});

function response(statusCode: number, headersSent = true): ServerResponse {
  return Object.assign(new EventEmitter(), { statusCode, headersSent }) as unknown as ServerResponse;
}

test('a request counts once, by what became of it, when it has been answered', () => {
  const meter = new RequestMeter();
  const answers = [
    response(200),
    response(503),
    response(200, false),
    response(304),
    response(200),
    response(200),
  ];
  const [kept, failed, left, served, forwarded, gone] = answers as [ServerResponse, ...ServerResponse[]];
  for (const each of answers) meter.began(each, connection('public'));
  meter.becomes(served!, 'static');
  meter.becomes(forwarded!, 'forwarded');
  meter.becomes(gone!, 'departed');
  const moved = response(200);
  meter.began(moved, connection('moved', true));
  const sibling = response(500);
  meter.began(sibling, connection('peer'));
  meter.becomes(sibling, 'kept');
  assert.equal(meter.active, 8);
  for (const each of [kept, failed, left, served, forwarded, gone, moved, sibling]) each!.emit('close');
  assert.deepEqual([meter.requests, meter.active, meter.failures], [8, 0, 2]);
  const families = meter.families();
  const count = (kind: string, status: string): number | undefined =>
    valueOf(families, 'radiant_http_requests_total', kind, status);
  assert.deepEqual(
    [count('kept', '2xx'), count('kept', '5xx'), count('kept', 'none'), count('static', '3xx')],
    [1, 1, 1, 1],
  );
  assert.deepEqual([count('forwarded', '2xx'), count('moved', '2xx')], [1, 1]);
  assert.equal(valueOf(families, 'radiant_http_sibling_requests_total'), 1);
});

const socket = (bytesRead: number): net.Socket => ({ bytesRead, bytesWritten: 2 * bytesRead }) as net.Socket;

test('bytes of open and closed connections count, those of siblings do not', () => {
  const meter = new TrafficMeter();
  const [open, closed, sibling] = [socket(1), socket(10), socket(100)];
  meter.opened(open, 'public');
  meter.opened(closed, 'moved');
  meter.opened(sibling, 'peer');
  meter.closed(closed);
  meter.closed(closed);
  meter.closed(sibling);
  const families = meter.families();
  assert.equal(valueOf(families, 'radiant_received_bytes_total'), 11);
  assert.equal(valueOf(families, 'radiant_sent_bytes_total'), 22);
  assert.equal(valueOf(families, 'radiant_connections'), 1);
  assert.equal(valueOf(families, 'radiant_connections_opened_total', 'sibling'), 1);
});

test('names that clients make up are not told apart, and of real ones only so many', () => {
  const server = {
    method_handlers: Object.fromEntries(Array.from({ length: 2 * mostNames }, (_, i) => [`m${i}`, () => {}])),
  };
  const world = globalThis as { Package?: unknown };
  world.Package = { meteor: { Meteor: { server } } };
  const meter = new DdpMeter();
  const call = (name: unknown): void => meter.done(meter.began('method', name), name === 'toString');
  for (const name of ['made up', 'toString', 7, 'm0', 'm0']) call(name);
  let families = meter.families(0);
  assert.equal(valueOf(families, 'radiant_ddp_methods_total', 'other'), 3);
  assert.equal(valueOf(families, 'radiant_ddp_method_errors_total', 'other'), 1);
  assert.equal(valueOf(families, 'radiant_ddp_methods_total', 'm0'), 2);
  assert.ok(valueOf(families, 'radiant_ddp_method_seconds_total', 'm0')! >= 0);
  for (const name of Object.keys(server.method_handlers)) call(name);
  delete world.Package;
  families = meter.families(0);
  const { series } = families.find(({ name }) => name === 'radiant_ddp_methods_total')!;
  assert.equal(series.length, mostNames);
  assert.equal(
    series.reduce((sum, { values }) => sum + values[0]!, 0),
    5 + 2 * mostNames,
  );
});
