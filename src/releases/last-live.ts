import { createHash } from 'node:crypto';
import type { RunFolder } from '../disk/run-folder.ts';
import { survivors } from '../machine/worker-record.ts';
import { sameRelease, stageSettings, type Stage } from './stage.ts';
import { currentRelease, listReleases } from './store.ts';
import type { Release, ReleaseSource, Started } from '../running/release.ts';
import { readTextFileSync } from '../common/text-file.ts';

/** What a start was given, for the next one to compare. */
export const startedWith = (
  source: ReleaseSource,
  settings: string | undefined,
  release: number,
): Started => ({
  kind: source.kind,
  sha256: source.sha256,
  settings: hash(settings),
  release,
});

const hash = (settings: string | undefined): string =>
  createHash('sha256')
    .update(settings ?? '')
    .digest('hex');

/**
 * The release that served last, if a start means that: what lies at the app's path is what the last start found there,
 * or has been deployed since, so whatever serves was chosen later. Also while workers of it live. New settings are
 * put onto it. undefined when there is something new at the path, or it is not complete any more.
 */
export async function lastLive(
  run: RunFolder,
  source: ReleaseSource,
  settings: string | undefined,
  stage: Stage,
): Promise<Release | undefined> {
  const releases = await listReleases(run.releases);
  const live = releases.find(({ number }) => number === currentRelease(run));
  const started = readStarted(run);
  if (live === undefined || !isKnown(run, source, started, releases)) return undefined;
  const { outcome: _outcome, ...base } = live;
  const kept = await sameRelease(base, base.source, base.settings, stage);
  if (kept === undefined) {
    stage.progress.step(`Release ${base.number} is not complete any more; the app's own files are used`);
    return undefined;
  }
  if (kept.source.sha256 !== source.sha256) {
    stage.progress.step(`Release ${kept.number} (${kept.source.name}) is started: it served last`);
  }
  const asBefore =
    settings === undefined || settings === kept.settings || hash(settings) === started?.settings;
  if (asBefore) return kept;
  const bytes = Buffer.byteLength(settings);
  return stageSettings(
    kept,
    settings,
    { kind: 'settings', name: 'settings', bytes, sha256: hash(settings) },
    stage,
  );
}

function isKnown(
  { workers }: RunFolder,
  source: ReleaseSource,
  started: Started | undefined,
  releases: readonly Release[],
): boolean {
  if (survivors(workers).length > 0) return true;
  if (started === undefined) return false;
  const same = (other: Pick<ReleaseSource, 'kind' | 'sha256'>): boolean =>
    other.kind === source.kind && other.sha256 === source.sha256;
  return (
    same(started) || releases.some((release) => release.number > started.release && same(release.source))
  );
}

/** undefined before the first start, and where the file is damaged. */
function readStarted({ started }: RunFolder): Started | undefined {
  try {
    const found = JSON.parse(readTextFileSync(started)) as Partial<Started> | null;
    return found?.sha256 === undefined || found.release === undefined ? undefined : (found as Started);
  } catch {
    return undefined;
  }
}
