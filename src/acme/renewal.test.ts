import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Acme } from '../config/types.ts';
import type { Order } from './order.ts';
import { OrderFailed, type Issued } from './ordering.ts';
import { Renewal } from './renewal.ts';
import type { CertificateStep } from '../running/events.ts';

const day = 86_400_000;
const acme: Acme = { domains: ['shop.test'], directory: 'https://ca.test/directory' };

function selfSigned(folder: string, domain: string): Issued {
  const [cert, key] = [join(folder, 'made.pem'), join(folder, 'made.key')];
  const name = ['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '90'];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...kind, '-keyout', key, '-out', cert, ...name], {
    stdio: 'pipe',
  });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** An authority whose answers the test gives, and a clock that the test moves. */
function world(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'rad-renewal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const orders: Order[] = [];
  const steps: CertificateStep[] = [];
  const served: string[] = [];
  const notices: string[] = [];
  const clock = { now: Date.now(), serving: true, standIn: false };
  let answer: () => Issued | Promise<Issued> = () => selfSigned(folder, 'shop.test');
  const place = async (order: Order): Promise<Issued> => {
    orders.push(order);
    return answer();
  };
  const start = (options: Acme = acme): Renewal => {
    const renewal = new Renewal(options, join(folder, 'acme'), place, () => clock.now);
    renewal.begin({
      serve: ({ serial }) => served.push(serial),
      answer: () => {},
      answerable: (challenge) => clock.serving || (clock.standIn && challenge === 'http-01'),
      happened: (step) => steps.push(step),
      notice: (text) => notices.push(text),
    });
    t.after(() => renewal.close());
    return renewal;
  };
  const ended = (): number => steps.filter(({ step }) => step === 'issued' || step === 'failed').length;
  const until = async (count: number): Promise<void> => {
    while (ended() < count) await turn(); // oxlint-disable-line no-await-in-loop
    await turn();
  };
  const answers = (next: typeof answer): void => void (answer = next);
  return { orders, steps, served, notices, clock, start, until, answers };
}

const fails = (error: Error) => (): never => {
  throw error;
};

test('a certificate is asked for once a worker serves, and again when two thirds of its life are over', async (t) => {
  const { orders, served, clock, start, until } = world(t);
  clock.serving = false;
  const renewal = start();
  renewal.look();
  assert.equal(orders.length, 0);
  clock.serving = true;
  renewal.look();
  renewal.look();
  await until(1);
  assert.equal(orders.length, 1);
  clock.now += 59 * day;
  renewal.look();
  assert.equal(orders.length, 1);
  clock.now += 4 * day;
  renewal.look();
  await until(2);
  assert.equal(orders.length, 2);
  assert.equal(new Set(served).size, 2);
  assert.equal(orders[1]!.accountKey, orders[0]!.accountKey, 'by the same account');
});

test('another supervisor serves what is there and asks for nothing; another name it asks for at once', async (t) => {
  const { orders, served, start, until } = world(t);
  const first = start();
  first.look();
  await until(1);
  first.close();
  const second = start();
  second.look();
  assert.equal(orders.length, 1);
  assert.deepEqual(served, [served[0], served[0]]);
  second.close();
  start({ ...acme, domains: ['shop.test', 'www.shop.test'] }).look();
  await until(2);
  assert.deepEqual(orders[1]!.domains, ['shop.test', 'www.shop.test']);
});

test('a failure keeps the old certificate, and who follows waits as long, and tries the other challenge', async (t) => {
  const { orders, steps, served, clock, start, until, answers } = world(t);
  const first = start();
  first.look();
  await until(1);
  answers(fails(new OrderFailed('too many', clock.now + 63 * day + 7 * day)));
  clock.now += 63 * day;
  first.look();
  await until(2);
  const failed = steps.at(-1)!;
  assert.ok(failed.step === 'failed' && failed.expires !== undefined);
  assert.equal(Date.parse(failed.next), clock.now + 7 * day, 'as the authority asked for');
  assert.match(first.status.lastFailure!.reason, /too many/);
  first.close();
  const second = start();
  clock.now += 6 * day;
  second.look();
  assert.equal(orders.length, 2);
  assert.equal(served.length, 2);
  clock.now += day;
  second.look();
  await until(3);
  assert.deepEqual(
    orders.map(({ challenge }) => challenge),
    ['tls-alpn-01', 'tls-alpn-01', 'http-01'],
  );
});

test('who asks by hand waits for no schedule, hears the reason of a failure, and waits for one that is under way', async (t) => {
  const { orders, served, clock, start, answers } = world(t);
  const renewal = start();
  clock.serving = false;
  await assert.rejects(renewal.renew(), { code: 'RENEWAL_FAILED', message: /no worker takes connections/ });
  assert.equal(orders.length, 0);
  clock.serving = true;
  await renewal.renew();
  await renewal.renew();
  assert.equal(new Set(served).size, 2);
  const due = renewal.status.next;
  answers(fails(new OrderFailed('too many certificates')));
  const reason = /for shop\.test: too many certificates; the one in use stays; it expires 20/;
  await assert.rejects(renewal.renew(), { code: 'RENEWAL_FAILED', message: reason });
  assert.equal(served.length, 2);
  assert.equal(renewal.status.next, due, 'what is valid for long is not asked for again soon');
  const { promise, reject } = Promise.withResolvers<Issued>();
  answers(() => promise);
  const under = assert.rejects(renewal.renew(), /in the end/);
  await assert.rejects(renewal.renew(), { code: 'RENEWAL_RUNNING' });
  while (orders.length < 4) await turn(); // oxlint-disable-line no-await-in-loop
  reject(new Error('in the end'));
  await under;
});

test('without workers it is asked for by http-01, if that can be answered and is allowed', async (t) => {
  const { orders, clock, start } = world(t);
  clock.serving = false;
  clock.standIn = true;
  await assert.rejects(start({ ...acme, challenge: 'tls-alpn-01' }).renew(), /no worker takes connections/);
  await start().renew();
  assert.deepEqual(
    orders.map(({ challenge }) => challenge),
    ['http-01'],
  );
});

test('a supervisor that dies in the middle of an order leaves a wait behind', async (t) => {
  const { orders, clock, start, answers } = world(t);
  const { promise } = Promise.withResolvers<Issued>();
  answers(() => promise);
  start().look();
  while (orders.length === 0) await turn(); // oxlint-disable-line no-await-in-loop
  const next = start();
  next.look();
  assert.equal(orders.length, 1);
  clock.now += 2 * 60_000;
  next.look();
  while (orders.length === 1) await turn(); // oxlint-disable-line no-await-in-loop
});

test('an app that is stopped in the middle of an order has not failed', async (t) => {
  const { orders, clock, start, until, answers, notices } = world(t);
  const { promise } = Promise.withResolvers<Issued>();
  answers(() => promise);
  for (const count of [1, 2, 3]) {
    const renewal = start();
    renewal.look();
    while (orders.length < count) await turn(); // oxlint-disable-line no-await-in-loop
    renewal.close();
  }
  assert.deepEqual(notices, []);
  answers(fails(new OrderFailed('no such name')));
  const failing = start();
  failing.look();
  await until(1);
  failing.close();
  const { next } = failing.status;
  assert.ok(Date.parse(next) < clock.now + 2 * 60_000, 'the first wait');
  const renewal = start();
  renewal.look();
  assert.equal(orders.length, 4);
  assert.equal(renewal.status.next, next);
  assert.match(notices[0]!, /no such name; the authority is asked again at .* `radiant tls renew`/);
});

test('an account that the authority has forgotten is made anew with the same key', async (t) => {
  const { orders, clock, start, until, answers } = world(t);
  answers(fails(new OrderFailed('no such account', undefined, true)));
  const renewal = start();
  renewal.look();
  await until(1);
  clock.now += day;
  renewal.look();
  await until(2);
  assert.equal(orders[1]!.accountUrl, null);
  assert.equal(orders[1]!.accountKey, orders[0]!.accountKey);
});
