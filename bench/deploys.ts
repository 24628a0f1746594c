import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { programPath } from '../src/installation.ts';
import { realSize, writeLargeBundle } from '../test/support/large-bundle.ts';
import { startRadiant, type RunningApp } from '../test/support/radiant.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';

/**
 * `node bench/deploys.ts`: the seconds that a deploy of a bundle of a real app's size takes until its first worker is
 * started, step by step, from a folder and from an archive; and the disk that five releases take.
 * `--radiant FILE`: the command of another installation deploys.
 */
const { values } = parseArgs({
  options: { radiant: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const cli = values.radiant ?? programPath('cli');

interface Step {
  step: string;
  ms: number;
}

/** The steps until the first worker starts, each with the time at which it was told. */
async function deploy(app: RunningApp, path: string): Promise<Step[]> {
  const child = spawn(process.execPath, [cli, 'deploy', path, '--no-watch', '--json'], {
    env: { ...process.env, RADIANT_HOME: app.home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const began = performance.now();
  const closed = once(child, 'close');
  const steps: Step[] = [];
  let starts = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const { step, rollout } = JSON.parse(line) as { step?: string; rollout?: string };
    if (step === undefined || starts) continue;
    starts = rollout === 'first';
    steps.push({ step: step.replace(/ (?:of )?\/\S+/g, ''), ms: performance.now() - began });
  }
  const [code] = (await closed) as [number | null];
  if (code !== 0 || !starts) throw new Error(`the deploy of ${path} has failed`);
  return steps;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(2).padStart(6);

/** As du(1) counts it: each file once, however many names it has. */
const diskOf = (...folders: string[]): number =>
  execFileSync('du', ['-sk', ...folders], { encoding: 'utf8' })
    .split('\n')
    .reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0) / 1024, 0);

const bundle = join(temporaryFolder('rad-deploys-'), 'bundle');
const archive = `${bundle}.tar.gz`;
const next = async (release: string): Promise<void> => {
  await writeLargeBundle(bundle, realSize, { seed: values.seed, release });
  execFileSync('tar', ['-czf', archive, '-C', join(bundle, '..'), 'bundle']);
};

await next('v1');
const app = await startRadiant({ app: bundle, workers: 1 });
try {
  for (const [number, path] of [bundle, bundle, archive, archive].entries()) {
    const release = number + 2;
    // oxlint-disable no-await-in-loop -- one deploy after the other
    await next(`v${release}`);
    const steps = await deploy(app, path);
    // oxlint-enable no-await-in-loop
    console.log(`release ${release}, from ${path === archive ? 'an archive' : 'a folder'}`);
    for (const { step, ms } of steps) console.log(`${seconds(ms)} s  ${step}`);
  }
  const releases = join(app.home, 'state', 'app', 'releases');
  const [one, all] = [
    diskOf(join(releases, '1')),
    diskOf(...[1, 2, 3, 4, 5].map((each) => join(releases, String(each)))),
  ];
  console.log(
    `1 release takes ${one.toFixed(0)} MB, 5 take ${all.toFixed(0)} MB: ${(all / one).toFixed(2)} times as much`,
  );
} finally {
  await app.stop();
}
