import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { WorkerStatus } from '../../src/running/status.ts';
import type { Fleet } from './fleet.ts';
import type { Trouble } from './plan.ts';

/** A worker that dies sooner counts as one that does not start well, and its slot waits. */
const settledSeconds = 10;

/** Resolves with the workers when all slots serve, by none of the `killed`: the supervisor may not know of a death yet. */
export const allReady = ({ app, slots }: Fleet, killed: ReadonlySet<number>): Promise<WorkerStatus[]> =>
  eventually(
    'all workers are ready',
    async () => {
      const { workers } = await app.status();
      const serving = workers.filter(({ state, pid }) => state === 'ready' && !killed.has(pid!));
      return workers.length === slots && serving.length === slots ? workers : undefined;
    },
    60_000,
  );

/**
 * Does to a worker what is planned, and is over when it goes on, is dead or another one has its slot. A kill that its slot
 * would not bear becomes a hang.
 */
export async function befall(
  { app }: Fleet,
  { kind, at, for: ms }: Trouble,
  worker: WorkerStatus,
): Promise<'none' | 'hung' | 'killed' | 'replaced'> {
  if (kind === 'none') return 'none';
  const pid = worker.pid!;
  const mayDie = worker.restarts === 0 || worker.uptimeSeconds > settledSeconds;
  await wait(at);
  if (kind === 'is replaced') {
    await app.control.replace({ worker: worker.slot });
    return 'replaced';
  }
  const hangs = kind !== 'is killed' || !mayDie;
  if (hangs) {
    process.kill(pid, 'SIGSTOP');
    await wait(ms);
  }
  const dies = kind !== 'hangs' && mayDie;
  process.kill(pid, dies ? 'SIGKILL' : 'SIGCONT');
  if (!dies) return 'hung';
  // Until then its supervisor takes it for one that serves.
  await eventually('its death is known', async () =>
    (await app.status()).workers.every((each) => each.pid !== pid),
  );
  return 'killed';
}
