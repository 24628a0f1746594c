import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RadiantError } from '../errors.ts';
import type { Homes } from '../paths.ts';
import type { KnownRelease } from '../releases/store.ts';
import type { Terminal } from './terminal.ts';
import { bytes, table } from './text.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from './verb.ts';

export const releases: Verb = {
  name: 'releases',
  summary: 'Show the releases of an app that are kept',
  args: [],
  options: { name: nameOption, json: jsonOption },
  examples: ['releases', 'releases --name shop --json'],
  run: async (invocation) => {
    const { homes, terminal, flags } = invocation;
    const [{ runFolder }, { currentRelease, listReleases }, { publicView }] = await Promise.all([
      import('../run-folder.ts'),
      import('../releases/store.ts'),
      import('../releases/view.ts'),
    ]);
    const run = runFolder(homes, nameFrom(invocation) ?? (await onlyApp(homes)));
    if (!existsSync(run.releases)) {
      throw new RadiantError('NOT_RUNNING', `no app named "${basename(run.state)}" was ever started here`);
    }
    const all = await listReleases(run.releases);
    const current = currentRelease(run);
    if (flags.json)
      terminal.print(
        JSON.stringify(
          all.map((release) => publicView(release, current)),
          null,
          2,
        ),
      );
    else for (const line of releaseLines(all, current, terminal)) terminal.print(line);
    return 0;
  },
};

async function onlyApp({ state }: Homes): Promise<string> {
  const names = (await readdir(state).catch(() => [])).filter((name) =>
    existsSync(join(state, name, 'releases')),
  );
  if (names.length === 1) return names[0]!;
  if (names.length === 0) throw new RadiantError('NOT_RUNNING', 'no app was ever started here');
  throw new RadiantError('AMBIGUOUS', `there are several apps: ${names.join(', ')}`);
}

/** The table, and why some of them did not stay. */
export function releaseLines(
  all: readonly KnownRelease[],
  current: number | undefined,
  terminal: Terminal,
): string[] {
  if (all.length === 0) return ['there is no release'];
  const rows = all.map(({ number, outcome, at, by, source, program, gitCommit }) => [
    String(number),
    number === current ? terminal.style('green', 'current') : outcome.state,
    at.replace('T', ' ').slice(0, 19),
    by,
    `${source.name} (${bytes(source.bytes)})`,
    source.sha256.slice(0, 12),
    program.nodeVersion,
    gitCommit?.slice(0, 10) ?? '-',
  ]);
  const head = ['release', 'state', 'made (UTC)', 'by', 'from', 'sha256', 'node', 'commit'];
  const reasons = all.flatMap(({ number, outcome }) =>
    outcome.reason === undefined || outcome.reason === ''
      ? []
      : ['', `release ${number} ${outcome.state}: ${outcome.reason}`],
  );
  return [...table(head, rows, terminal.columns), ...reasons];
}
