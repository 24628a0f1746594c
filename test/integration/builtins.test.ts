import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { json } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { appNodes } from '../fixtures/nodes.ts';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRadiant } from '../support/radiant.ts';
import { Random, seedOfRun } from '../support/random.ts';
import { Scrape } from '../support/scrape.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { full } from '../support/full-size.ts';

/**
 * Apps that load Node's modules in any order and way, and patch them: each must find there what it finds without Radiant, and
 * the agent must go on with what it was before. An app that is served wrong or sees anything else is shown as a plan.
 */
const app = fileURLToPath(new URL('apps/builtins.cjs', import.meta.url));

/** Functions that an app may replace without breaking itself, and that the agent uses or might. */
const patched: Record<string, string[]> = {
  crypto: ['createHash', 'createPrivateKey', 'randomBytes'],
  fs: [
    'chmodSync',
    'closeSync',
    'fstatSync',
    'openSync',
    'readSync',
    'readlinkSync',
    'statSync',
    'unlinkSync',
  ],
  http: ['createServer', 'request', 'validateHeaderValue'],
  http2: ['connect', 'createServer'],
  net: ['connect', 'createServer', 'isIP', 'isIPv6'],
  perf_hooks: ['PerformanceObserver', 'monitorEventLoopDelay'],
  tls: ['connect', 'createServer'],
  v8: ['getHeapStatistics'],
  worker_threads: ['Worker'],
  zlib: ['gunzipSync', 'inflateSync'],
};
const ways = ['require', 'require node:', 'import', 'import node:', 'getBuiltinModule'];

type Protocol = 'http' | 'https' | 'http2';

interface Plan {
  serves: Protocol;
  /** What Radiant takes off: 'http' if nothing. */
  edge: Protocol;
  steps: { name: string; way: string; member?: string; throws?: boolean; syncs?: boolean }[];
}

function planOf(random: Random, version: string): Plan {
  // Node before 18 is offered to nobody as a server of HTTP/2.
  const edge = random.pick<Protocol>([
    'http',
    'http',
    'https',
    Number.parseInt(version, 10) < 18 ? 'https' : 'http2',
  ]);
  const serves = edge === 'http' ? random.pick<Protocol>(['http', 'https', 'http2']) : 'http';
  const steps = random.several(5, 20, () => {
    const name = random.pick(Object.keys(patched));
    const step = { name, way: random.pick(ways) };
    if (random.percent(40)) return step;
    const member = random.pick(patched[name]!);
    return { ...step, member, throws: random.percent(50), syncs: random.percent(50) };
  });
  return { serves, edge, steps };
}

interface Answer {
  seen: unknown[];
  tls: boolean;
  cookie: string;
}

const headers = { accept: 'text/html' };
const longSession = `/sockjs/000/${'s'.repeat(100)}/xhr`;

/** What a client gets that trusts any certificate. */
async function ask(protocol: Protocol, port: number, path: string): Promise<Answer> {
  const at = { host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false, headers };
  if (protocol === 'http2') return askHttp2(port, path);
  const request = (protocol === 'http' ? http : https).get(at);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const body = (await json(response)) as Answer;
  return { ...body, cookie: String(response.headers['set-cookie']) };
}

async function askHttp2(port: number, path: string): Promise<Answer> {
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  try {
    const stream = session.request({ ':path': path, ...headers });
    const [head] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    const body = (await json(stream)) as Answer;
    return { ...body, cookie: String(head['set-cookie']) };
  } finally {
    session.destroy();
  }
}

async function bare(node: string, env: Record<string, string>, protocol: Protocol): Promise<Answer> {
  const port = await freePort();
  const child = spawn(node, [app], {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    return await ask(protocol, port, '/');
  } finally {
    child.kill('SIGKILL');
  }
}

const seed = seedOfRun();
const cases = full ? 12 : 2;
const nodes = await appNodes(...(full ? ['14.21.3', '16', '18', '20', '22', '24', '26'] : []));
const folder = temporaryFolder('rad-builtins-');
const pair = makeCertificate(folder, 'app', '127.0.0.1');
const texts = { cert: readFileSync(pair.cert, 'utf8'), key: readFileSync(pair.key, 'utf8') };

for (const { version, path: node } of nodes) {
  for (let i = 0; i < cases; i += 1) {
    const name = `${seed}-${version}-${i}`;
    test(`an app that loads and patches Node's modules: ${name}`, async (t) => {
      const plan = planOf(new Random(name), version);
      t.diagnostic(JSON.stringify(plan));
      const env = { PLAN: JSON.stringify({ ...plan, pair: texts }) };
      const args = ['--node', node, ...(plan.edge === 'http' ? [] : tlsArgs(pair))];
      if (plan.edge === 'http2') args.push('--http2');
      const running = await startRadiant({ app, workers: 1, args, env });
      t.after(() => running.stop());
      const expected = await bare(node, env, plan.serves);
      const protocol = plan.edge === 'http' ? plan.serves : plan.edge;
      const answers = [
        await ask(protocol, running.port, '/'),
        await ask(protocol, running.port, longSession),
      ];
      for (const { seen } of answers) assert.deepEqual(seen, expected.seen);
      assert.ok(answers.every(({ tls }) => tls === (protocol !== 'http')));
      if (plan.serves !== 'http2')
        assert.match(answers[0]!.cookie, /^radiant-app=1\.1\.[0-9a-f]{12};/, 'it is routed');
      // A scrape waits a second for a worker, and goes on with what it knows.
      await eventually(
        'it is measured',
        async () => (await Scrape.of(running)).sum('radiant_http_requests_total') > 0,
      );
      const { output } = await runCommand(running, ['logs']);
      assert.doesNotMatch(output, /the agent itself failed/);
    });
  }
}
