import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { RadiantError } from '../common/errors.ts';
import { withoutComments } from './read.ts';
import { plain, wholeEnvironment } from './spread.ts';
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

test('what has no value here is said, and where to set it', () => {
  const { options, unneeded, impossible } = pm2({
    script: 'a.js',
    instances: null,
    max_memory_restart: null,
    env: { MONGO_URL: null, PORT: null },
  });
  assert.deepEqual(options.workers, 1);
  assert.deepEqual(options.env, undefined);
  assert.ok(unneeded.some(({ key }) => key === 'max_memory_restart'));
  assert.deepEqual(
    impossible.map(({ key, text }) => [key, /set it where Radiant is started/.test(text)]),
    [
      ['env.MONGO_URL', true],
      ['env.PORT', true],
    ],
  );
});

test('the environment of whoever reads the file stays out of it', () => {
  const environment = { PATH: '/bin', NODE_ENV: 'production', AWS_SECRET: 'x' };
  const mark = 'RADIANT_mark';
  const spread = { ...environment, [mark]: mark, NODE_ENV: 'production', APP: 'shop', REGION: undefined };
  const source = "env: { ...process.env, NODE_ENV: 'production', APP: 'shop', REGION: process.env.REGION }";
  const exported: unknown = JSON.parse(
    plain({ apps: [{ script: 'a.js', env: spread, hook: () => {} }] }, environment, mark, source),
  );
  const env = { [wholeEnvironment]: true, NODE_ENV: 'production', APP: 'shop', REGION: null };
  assert.deepEqual(exported, { apps: [{ script: 'a.js', env, hook: '(a function)' }] });
  const { options, unneeded } = pm2({ script: 'a.js', env });
  assert.deepEqual(options.env, { NODE_ENV: 'production', APP: 'shop' });
  assert.ok(unneeded.some(({ key }) => key === 'env....process.env'));
});

test('processes of one app at ports of their own are its workers', () => {
  const app = { script: 'bundle/main.js', env: { NODE_ENV: 'production', PORT: 3000 } };
  const content = {
    apps: [
      { ...app, name: 'shop-0' },
      { ...app, name: 'shop-1', env: { PORT: 3001, NODE_ENV: 'production' }, out_file: 'b.log' },
      { ...app, name: 'jobs', env: { ...app.env, ROLE: 'jobs' } },
    ],
  };
  assert.throws(() => translate('/srv/x.json', content, places, any), /several apps: shop-0, jobs/);
  const { options, unneeded, impossible } = translate('/srv/x.json', content, places, {
    ...any,
    app: 'shop-1',
  });
  assert.deepEqual([options.name, options.workers, options.port], ['shop-1', 2, 3001]);
  assert.ok(unneeded.some(({ key }) => key === 'apps.shop-0'));
  assert.ok(impossible.some(({ key }) => key === 'apps.jobs'));
});

test('scripts of other kinds, and the folder that they ran in', () => {
  const said = (app: Record<string, unknown>): string[] => pm2(app).impossible.map(({ key }) => key);
  assert.deepEqual(said({ script: 'npm start' }), ['script']);
  assert.deepEqual(said({ script: 'ts-node src/index.ts' }), ['script']);
  assert.deepEqual(pm2({ script: './my app/main.js' }).options.cwd, '.');
  assert.deepEqual(pm2({ script: './dist/main.js' }).options.cwd, '.');
  assert.deepEqual(pm2({ script: './main.js', cwd: './dist' }).options.cwd, './dist');
  assert.deepEqual(pm2({ script: './main.js' }).options.cwd, undefined);
  assert.deepEqual(pm2({ script: 'bundle/main.js' }).options.cwd, undefined);
  assert.deepEqual(said({ script: 'bundle/main.js' }), []);
  assert.deepEqual(said({ script: '/srv/shop/server.js' }), []);
  const { options } = pm2({ script: 'a.js', env_file: '.env.production', kill_signal: 'SIGTERM' });
  assert.equal(options.envFile, './.env.production');
  assert.equal(options.stopSignal, 'SIGTERM');
});

const mup = (content: Record<string, unknown>, beside: string[] = []) =>
  translate('/srv/mup.js', content, { ...places, beside }, any);

test('what Meteor Up does where its file says nothing, and what it said in older ones', () => {
  const app = { name: 'shop', path: '../', env: { ROOT_URL: 'http://shop.example.com' } };
  assert.equal(mup({ app }).options.port, 80);
  assert.equal(mup({ app, proxy: { domains: 'shop.example.com' } }).options.port, undefined);
  assert.equal(mup({ app: { ...app, port: 82 } }).options.port, 82);
  assert.equal(mup({ app }, ['mup.js', 'settings.json']).options.settings, './settings.json');
  const { unneeded, impossible } = mup({
    meteor: {
      ...app,
      dockerImage: 'abernix/meteord:base',
      volumes: { '/opt/images': '/images', '/data': '/data' },
      ssl: { autogenerate: { email: 'ops@example.com', domains: 'a.example.com, b.example.com' } },
    },
  });
  assert.ok(unneeded.some(({ key }) => key === 'meteor.dockerImage'));
  const texts = Object.fromEntries(impossible.map(({ key, text }) => [key, text]));
  assert.match(texts['meteor.volumes']!, /write \/opt\/images where it said \/images$/);
  assert.match(
    texts['meteor.ssl']!,
    /domains: \['a\.example\.com', 'b\.example\.com'\], email: 'ops@example\.com'/,
  );
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
