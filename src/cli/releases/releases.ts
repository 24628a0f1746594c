import type { KnownRelease } from '../../releases/store.ts';
import { knownApp } from '../verb/known-app.ts';
import type { Terminal } from '../output/terminal.ts';
import { bytes, clock, table } from '../output/text.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from '../verb/verb.ts';

export const releases: Verb = {
  name: 'releases',
  summary: 'Show the releases of an app that are kept',
  args: [],
  options: { name: nameOption, json: jsonOption },
  examples: ['releases', 'releases --name shop --json'],
  run: async (invocation) => {
    const { homes, terminal, flags } = invocation;
    const [{ currentRelease, listReleases }, { publicView }, { diskUse }] = await Promise.all([
      import('../../releases/store.ts'),
      import('../../releases/view.ts'),
      import('../../releases/disk-use.ts'),
    ]);
    const { run } = await knownApp(homes, nameFrom(invocation));
    const all = await listReleases(run.releases);
    const current = currentRelease(run);
    const disk = await diskUse(run);
    if (flags.json)
      terminal.print(
        JSON.stringify(
          all.map((release) => publicView(release, current, disk)),
          null,
          2,
        ),
      );
    else for (const line of releaseLines(all, current, disk, terminal)) terminal.print(line);
    return 0;
  },
};

/** The table, and why some of them did not stay. */
export function releaseLines(
  all: readonly KnownRelease[],
  current: number | undefined,
  disk: ReadonlyMap<number, number>,
  terminal: Terminal,
): string[] {
  if (all.length === 0) return ['there is no release'];
  const rows = all.map(({ number, outcome, at, by, source, program, gitCommit }) => [
    String(number),
    number === current ? terminal.style('green', 'current') : outcome.state,
    clock(at),
    by,
    `${source.name} (${bytes(source.bytes)})`,
    disk.has(number) ? bytes(disk.get(number)!) : '-',
    source.sha256.slice(0, 12),
    program.nodeVersion,
    gitCommit?.slice(0, 10) ?? '-',
  ]);
  const head = ['release', 'state', 'made (UTC)', 'by', 'from', 'disk', 'sha256', 'node', 'commit'];
  const reasons = all.flatMap(({ number, outcome }) =>
    outcome.reason === undefined || outcome.reason === ''
      ? []
      : ['', `release ${number} ${outcome.state}: ${outcome.reason}`],
  );
  const total = [...disk.values()].reduce((sum, each) => sum + each, 0);
  const together =
    total === 0 ? [] : ['', `together ${bytes(total)} on disk; what releases share counts once`];
  return [...table(head, rows, terminal.columns), ...together, ...reasons];
}
