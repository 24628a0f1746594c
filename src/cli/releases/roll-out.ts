import type { Control } from '../../control/client.ts';
import { reasonOf } from '../../common/errors.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import type { DeployReport, DeployRequest } from '../../running/operations.ts';
import type { RolloutStep } from '../../running/status.ts';
import type { RolloutReport } from './rollout-report.ts';
import { handleSignals, interruption } from '../verb/signals.ts';
import type { Terminal } from '../output/terminal.ts';

/** The running app that gets a release. */
export interface RolloutTarget {
  name: string;
  run: RunFolder;
  control: Control;
  /** How many releases are kept. */
  keep: number;
}

/** Has a staged release take over and tells how that goes; resolves with the exit code. Errors: DEPLOY_FAILED. */
export async function rollOut(
  target: RolloutTarget,
  request: DeployRequest,
  terminal: Terminal,
  report: RolloutReport,
): Promise<number> {
  const { name, control } = target;
  const abort = new AbortController();
  const over = Promise.withResolvers<RolloutStep>();
  let switched = false;
  const restore = handleSignals({ stop: () => abort.abort(), restart: () => {}, onTerminal: true });
  const events = await control.events((event) => {
    if (event.type === 'rollout' && event.release === request.release) {
      switched ||= event.step === 'switched';
      if (event.step === 'failed' || event.step === 'switched') over.resolve(event.step);
    }
    report.event(event, request.release);
  });
  try {
    const result = await control.deploy(request, abort.signal);
    report.summary(name, result satisfies DeployReport, request.watch);
    await prune(target, report);
    return 0;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    // The supervisor stops what has started: only then everything is as it was. Or it was too late to abort.
    if (!switched) await Promise.race([over.promise, events.ended]);
    const text = switched
      ? `release ${request.release} of ${name} has taken over already; the rest goes on by itself`
      : `interrupted; ${name} is as it was`;
    terminal.complain(`radiant: ${text}`);
    return interruption;
  } finally {
    events.close();
    restore();
  }
}

async function prune({ run, control, keep }: RolloutTarget, report: RolloutReport): Promise<void> {
  const { pruneReleases } = await import('../../releases/prune.ts');
  try {
    const { release, workers, rollout } = await control.status({});
    const inUse = [release, ...workers.map((worker) => worker.release), ...(rollout ? [rollout.to] : [])];
    await pruneReleases(run, keep, inUse);
  } catch (error) {
    report.progress.step(`old releases could not be removed: ${reasonOf(error)}`);
  }
}
