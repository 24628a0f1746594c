import http from 'node:http';
import { RequestMeter } from '../src/agent/meter/request-meter.ts';
import { median } from './statistics.ts';
import { Meter as Unmetered } from './unmetered/meter.ts';

/**
 * `node bench/meter.ts`: what counting one request costs in itself, beside the counts that the agent needs anyway: 15
 * pairs in turn, in one process. Every request is a response that begins and is closed.
 */
const pairs = 15;
const requests = 100_000;
const connection = { origin: 'public', placed: false, boundary: 0, since: 0 } as const;
const request = new http.IncomingMessage(null as never);

/** CPU microseconds a request. */
function measure(meter: Pick<RequestMeter, 'began'>): number {
  const before = process.cpuUsage();
  for (let i = 0; i < requests; i += 1) {
    const response = new http.ServerResponse(request);
    meter.began(response, connection);
    response.emit('close');
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

const [metered, unmetered] = [new RequestMeter(), new Unmetered().requests];
for (const meter of [metered, unmetered, metered, unmetered]) measure(meter);
const costs = Array.from({ length: pairs }, () => {
  const [withMetrics, without] = [measure(metered), measure(unmetered)];
  return { withMetrics, without };
});
const difference = median(costs.map(({ withMetrics, without }) => withMetrics - without));
const all = median(costs.map(({ withMetrics }) => withMetrics));
console.log(
  `${difference.toFixed(3)} µs more a request (${all.toFixed(3)} with metrics), median of ${pairs} pairs`,
);
