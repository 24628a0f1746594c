import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { RadiantError } from '../errors.ts';
import { withoutComments } from './read.ts';
import { translate, type Wish } from './translate.ts';
import { envLine, isSecret } from './variables.ts';

const places = { from: '/srv', to: '/srv' };
const any: Wish = { app: undefined, environment: undefined };
const pm2 = (app: Record<string, unknown>, wish = any) =>
  translate('/srv/ecosystem.config.js', { apps: [app] }, places, wish);

test('an environment file says what was meant, whatever the text holds', () => {
  for (const value of [
    'plain',
    "it's",
    'a "b"',
    '`c`',
    '{"a":"\\n # x"}',
    'x\ny',
    ' spaces ',
    '#hash',
    '$HOME',
    '',
  ]) {
    const line = envLine('NAME', value);
    assert.equal(parseEnv(`${line}\nNEXT=1`).NAME, value);
    assert.equal(parseEnv(`${line}\nNEXT=1`).NEXT, '1');
  }
  assert.equal(envLine('NAME', `'"\``), undefined);
});

test('what may be secret is told from what is not', () => {
  const secret: [string, string][] = [
    ['MONGO_URL', 'mongodb://a:b@c/d'],
    ['SENTRY', 'https://x.example.com/?key=1'],
    ['JWT_SECRET', 'cat'],
    ['AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE'],
    ['SOMETHING', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['METEOR_SETTINGS', '{}'],
    ['DATABASE', 'host=db password=x'],
  ];
  const open: [string, string][] = [
    ['NODE_ENV', 'production'],
    ['METRICS_PORT', '9464'],
    ['REDIS_URL', 'redis://localhost:6379'],
    ['REGION', 'eu-west-1'],
    ['TZ', 'Europe/Madrid'],
    ['KEY_COUNT', '4'],
    ['DATA', '/var/lib/shop'],
  ];
  assert.deepEqual(
    secret.filter(([name, value]) => !isSecret(name, value)),
    [],
  );
  assert.deepEqual(
    open.filter(([name, value]) => isSecret(name, value) && name !== 'TZ'),
    [],
  );
});

test('JSON may hold comments, and text that looks like one', () => {
  const text = '{ // one\n "a": "http://x/*y*/", /* two\n */ "b": "\\"//" }';
  assert.deepEqual(JSON.parse(withoutComments(text)), { a: 'http://x/*y*/', b: '"//' });
});

const published = (ports: unknown) =>
  translate('/srv/compose.yml', { services: { a: { build: '.', ports } } }, places, any).options;

test('no key is lost, and none is in two lists', () => {
  const keys = {
    script: 'a.js',
    instances: 'max',
    watch: true,
    exec_mode: 'cluster',
    unheard_of: 1,
    env: { A: 1 },
  };
  const { taken, unneeded, impossible } = pm2(keys);
  const seen = [...taken, ...unneeded, ...impossible]
    .map(({ key }) => key)
    .filter((key) => !key.startsWith('('));
  assert.deepEqual(seen.toSorted(), [
    'env.A',
    'exec_mode',
    'instances',
    'name',
    'script',
    'unheard_of',
    'watch',
  ]);
});

test('the environment that counts is the one of production, or the chosen one', () => {
  const app = {
    script: 'a.js',
    env_production: { A: 'p', B: 'p' },
    env_test: { A: 't' },
    env: { A: 'x', C: 'x' },
  };
  assert.deepEqual(pm2(app).options.env, { A: 'p', C: 'x', B: 'p' });
  assert.deepEqual(pm2(app, { app: undefined, environment: 'test' }).options.env, { A: 't', C: 'x' });
  assert.throws(() => pm2(app, { app: undefined, environment: 'nope' }), RadiantError);
});

test('numbers of instances, ports of their own, arguments of Node', () => {
  assert.equal(pm2({ script: 'a.js' }).options.workers, 1);
  assert.equal(pm2({ script: 'a.js', instances: 0 }).options.workers, 'auto');
  assert.equal(pm2({ script: 'a.js', instances: '3' }).options.workers, 3);
  const ports = { script: 'a.js', env: { METRICS: 9000, NODE_OPTIONS: '-r x' }, increment_var: 'METRICS' };
  assert.deepEqual(pm2({ ...ports, node_args: ['--max-old-space-size=512'] }).options.env, {
    METRICS: '{8999+slot}',
    NODE_OPTIONS: '-r x --max-old-space-size=512',
  });
  assert.match(pm2({ script: 'a.js', node_args: '--expose-gc -e 1' }).impossible[0]?.text ?? '', /-e/);
});

test('a file that is of no known tool, or holds several apps, is refused', () => {
  assert.throws(
    () => translate('/srv/x.json', { hello: 1 }, places, any),
    /nothing that Radiant can translate/,
  );
  const two = { apps: [{ script: 'a.js' }, { name: 'b', script: 'b.js' }] };
  assert.throws(() => translate('/srv/x.json', two, places, any), /several apps: a, b/);
  assert.equal(translate('/srv/x.json', two, places, { ...any, app: 'b' }).options.app, './b.js');
  assert.throws(() => translate('/srv/x.json', two, places, { ...any, app: 'c' }), /no app "c"/);
});

test('ports of a compose file', () => {
  assert.equal(published(['3000:3000']).port, 3000);
  assert.deepEqual(published(['80:3000']).listen, [':80']);
  assert.deepEqual(published(['[::1]:80:3000']).listen, ['[::1]:80']);
  assert.deepEqual(published([{ target: 3000, published: '8080', host_ip: '127.0.0.1' }]).listen, [
    '127.0.0.1:8080',
  ]);
  assert.equal(published(['80:3000', '9464:9464']).port, undefined);
});
