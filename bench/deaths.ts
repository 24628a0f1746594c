import { fileURLToPath } from 'node:url';
import { deaths, dieAndReturn, troubles } from '../test/support/deaths.ts';
import { startRadiant } from '../test/support/radiant.ts';

// How soon an app serves again, whoever of it was killed with whom: `node bench/deaths.ts [1,4,12]`.

const counts = (process.argv[2] ?? '1,4,12').split(',').map(Number);
const app = fileURLToPath(new URL('../test/fixtures/counting-app.cjs', import.meta.url));
const args = ['--kill-timeout', '2s'];
const seconds = (ms: number): string => (ms / 1000).toFixed(1);

const print = (...cells: string[]): void => console.log(`| ${cells.join(' | ')} |`);

async function measure(workers: number): Promise<void> {
  const began = performance.now();
  let running = await startRadiant({ app, workers, args });
  print('nobody: the start itself', String(workers), '', seconds(performance.now() - began), '');
  for (const victims of deaths) {
    const again = (): Promise<typeof running> => startRadiant({ app, workers, args, at: running });
    // oxlint-disable-next-line no-await-in-loop -- one death after the other
    const recovery = await dieAndReturn(running, victims, again);
    ({ running } = recovery);
    const { answeredMs, readyMs, refusals } = recovery;
    const trouble = [...refusals.map((status) => `${status}`), ...troubles(running)];
    print(victims.join(' + '), String(workers), seconds(answeredMs), seconds(readyMs), trouble.join('; '));
  }
  await running.stop();
}

console.log('| killed | workers | answers after (s) | all ready after (s) | said |\n|---|---|---|---|---|');
for (const workers of counts) {
  // oxlint-disable-next-line no-await-in-loop -- side by side would be in each other's way
  await measure(workers);
}
