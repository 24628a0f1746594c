import type { Plan } from './case.ts';
import type { Random } from '../support/random.ts';

const statuses = [
  200, 200, 200, 201, 202, 203, 206, 207, 301, 302, 307, 400, 401, 404, 410, 418, 429, 500, 503, 599,
];
const bodiless = [204, 205, 304];
const strange = [299, 600, 700, 999];
const reasons = ['', 'Fine', 'Many  Words', 'Gr\xfc\xdfe', 'OK'];

const fields: [string, string | string[]][] = [
  ['Content-Type', 'text/html; charset=utf-8'],
  ['content-type', 'application/json'],
  ['X-One', ['1', '3']],
  ['x-two', 'zwei \xfc'],
  ['Set-Cookie', ['a=1; Path=/', 'b=2']],
  ['set-cookie', 'c=3'],
  ['ETag', 'W/"x"'],
  ['Vary', 'Accept, Cookie'],
  ['Cache-Control', 'public, max-age=60'],
  ['Location', '/elsewhere'],
  ['X-Empty', ''],
  ['X-UPPER', 'Mixed'],
  ['__proto__', 'polluted'],
  ['Link', ['<a>; rel=x', '<b>; rel=y']],
  ['WWW-Authenticate', ['Basic', 'Other']],
  ['Age', '5'],
  ['Warning', '199 - "x"'],
  ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ['Strict-Transport-Security', 'max-age=1'],
  ['X-Forwarded-For', '1.2.3.4'],
  ['Upgrade', 'h2c'],
  ['Server', 'own'],
];

const forms = [
  'implicit',
  'implicit',
  'explicit',
  'object',
  'array',
  'undefinedReason',
  'undefinedFields',
  'flushed',
] as const;

function parts(random: Random): string[] {
  const kind = random.int(0, 9);
  if (kind < 2) return [];
  if (kind < 6) return [random.bytes(1, 80)];
  if (kind < 9) return random.several(2, 5, () => random.bytes(1, 200));
  return ['y'];
}

/** Mostly what apps do; each oddity now and then. */
export function answerPlan(random: Random, { method, alone }: { method: string; alone: boolean }): Plan {
  if (random.percent(20)) return {};
  const status = random.percent(12)
    ? random.pick(bodiless)
    : random.percent(3)
      ? random.pick(strange)
      : random.pick(statuses);
  const plan: Plan = {
    status,
    form: random.pick(forms),
    fields: random.several(0, 4, () => random.pick(fields)),
    parts: bodiless.includes(status) && random.percent(80) ? [] : parts(random),
  };
  if (random.percent(15)) plan.reason = random.pick(reasons);
  if (random.percent(25)) {
    const length = plan.parts!.join('').length;
    // Node ends what is shorter or longer itself; that is left to cases that end the connection.
    plan.fields!.push([random.pick(['Content-Length', 'content-length']), String(length)]);
  } else if (random.percent(15)) plan.trailers = { 'X-End': 'of it', 'x-sum': '\xe9' };
  if (random.percent(5)) plan.long = random.int(8_000, 30_000);
  if (random.percent(10))
    plan.informational = random.several(1, 2, () => random.pick(['processing', 'hints'] as const));
  if (random.percent(6)) plan.fields!.push(['Connection', random.pick(['close', 'keep-alive', 'X-Thing'])]);
  if (random.percent(4)) plan.sendDate = false;
  if (random.percent(4)) plan.keepAlive = false;
  if (random.percent(10) && (method === 'GET' || method === 'HEAD')) plan.when = 'now';
  if (alone && random.percent(8)) {
    if (random.percent(15)) plan.throws = true;
    else plan.ends = random.pick(['end', 'destroy', 'cut', 'cutAtOnce'] as const);
  }
  return plan;
}
