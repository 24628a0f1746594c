import { RadiantError } from '../../common/errors.ts';
import { checkHomes } from '../../disk/own-folder.ts';
import type { KnownRelease } from '../../releases/store.ts';
import { becomeOwner } from './as-owner.ts';
import { reportTo } from './rollout-report.ts';
import { rollOut } from './roll-out.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from '../verb/verb.ts';

export const rollback: Verb = {
  name: 'rollback',
  summary: 'Go back to the release that served before, or to a certain one',
  args: ['[N]'],
  options: { name: nameOption, json: jsonOption },
  examples: ['rollback', 'rollback 12 --name shop'],
  run: async (invocation) => {
    const { terminal, homes, flags, args } = invocation;
    const [{ findApp }, { runFolder }, { withDeployLock }, { listReleases }, { readLaunch }] =
      await Promise.all([
        import('../../control/discover.ts'),
        import('../../disk/run-folder.ts'),
        import('../../releases/deploy-lock.ts'),
        import('../../releases/store.ts'),
        import('../../disk/read-launch.ts'),
      ]);
    const { name, control, status } = await findApp(homes, nameFrom(invocation));
    const run = runFolder(homes, name);
    await becomeOwner(run.state);
    checkHomes(homes);
    const report = reportTo(terminal, flags.json === true);
    return withDeployLock(run, 'a rollback', async () => {
      const { config } = await readLaunch(run);
      const release = chosen(await listReleases(run.releases), status.release, args[0]);
      const request = { release, strategy: 'blue-green' as const, surge: config.workers, watch: 0 };
      return rollOut({ name, run, control, keep: config.keepReleases }, request, terminal, report);
    });
  },
};

/** Errors: RELEASE_NOT_FOUND, USAGE. */
export function chosen(known: readonly KnownRelease[], current: number, wanted: string | undefined): number {
  const others = known.filter(({ number }) => number !== current).map(({ number }) => number);
  const there = others.length > 0 ? `besides it there is ${others.join(', ')}` : 'there is no other';
  if (wanted !== undefined) {
    if (!/^\d{1,9}$/.test(wanted))
      throw new RadiantError('USAGE', `rollback: "${wanted}" is no release's number`);
    const number = Number(wanted);
    if (others.includes(number)) return number;
    const is = number === current ? 'serves already' : `is served, and there is no release ${number}`;
    throw new RadiantError('RELEASE_NOT_FOUND', `Release ${current} ${is}; ${there}`);
  }
  const served = known.filter(({ number, outcome }) => number !== current && outcome.state === 'live');
  const before = served.toSorted((a, b) => a.outcome.at.localeCompare(b.outcome.at)).at(-1);
  if (before !== undefined) return before.number;
  throw new RadiantError(
    'RELEASE_NOT_FOUND',
    `Release ${current} serves, and none has served before; ${there}`,
  );
}
