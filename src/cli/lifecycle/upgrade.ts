import { setTimeout as delay } from 'node:timers/promises';
import type { Control } from '../../control/client.ts';
import { RadiantError } from '../../common/errors.ts';
import { programPath } from '../../installation.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Status } from '../../running/status.ts';
import { ownVersion } from '../../common/version.ts';
import { count, took } from '../output/text.ts';
import { nameFrom, nameOption, type Verb } from '../verb/verb.ts';

const lookEveryMs = 100;
/** The new supervisor may take so long until it answers; the keeper starts it several times if it must. */
const takeOverMs = 30_000;

export const upgrade: Verb = {
  name: 'upgrade',
  summary: 'Have this version of Radiant look after an app that another one started, without a gap',
  args: [],
  options: { name: nameOption },
  examples: ['upgrade', 'upgrade --name shop'],
  run: async (invocation) => {
    const [{ findApp }, { readLaunch }, { runFolder }] = await Promise.all([
      import('../../control/discover.ts'),
      import('../../disk/read-launch.ts'),
      import('../../disk/run-folder.ts'),
    ]);
    const { terminal, homes } = invocation;
    const { name, control, status } = await findApp(homes, nameFrom(invocation));
    await readLaunch(runFolder(homes, name)); // better to refuse than to have the new supervisor fail on it
    const began = performance.now();
    terminal.transient(`upgrading ${name} …`);
    await takeOver(control, status);
    await replaceWorkers(control, status, (left) =>
      terminal.transient(`${name}: ${count(left, 'worker')} of version ${status.supervisor.version} left …`),
    );
    const versions = `from version ${status.supervisor.version} to ${ownVersion()}`;
    terminal.print(`${name} upgraded ${versions} in ${took(performance.now() - began)}`);
    return 0;
  },
};

/** Resolves when a supervisor of this version serves. Errors: OPERATION_FAILED; the one before goes on then. */
async function takeOver(control: Control, before: Status): Promise<void> {
  const entry = programPath('supervisor');
  await control.handOver({ successor: { node: process.execPath, entry } });
  const next = await nextSupervisor(control, before.supervisor.pid);
  if (next?.supervisor.code === entry) return;
  const message =
    next === undefined
      ? `No supervisor has answered for ${takeOverMs / 1000} s; the workers go on`
      : `The supervisor of version ${ownVersion()} could not start; one of version ${next.supervisor.version} goes on`;
  throw new RadiantError('OPERATION_FAILED', message, 'supervisor.log beside the releases says why');
}

async function nextSupervisor(control: Control, old: number): Promise<Status | undefined> {
  for (const until = performance.now() + takeOverMs; performance.now() < until;) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const status = await control.status({}).catch(() => undefined);
    if (status !== undefined && status.supervisor.pid !== old) return status;
    // oxlint-disable-next-line no-await-in-loop
    await delay(lookEveryMs);
  }
  return undefined;
}

/** Resolves when all workers are new and the old ones have drained. Errors: OPERATION_FAILED when none can start. */
async function replaceWorkers(
  control: Control,
  before: Status,
  progress: (left: number) => void,
): Promise<void> {
  const old = new Set(before.workers.map(({ pid }) => pid));
  let reason = 'it keeps ending';
  let failing: number | undefined;
  const hear = (event: FleetEvent): void => {
    if (event.type === 'exit' && !event.expected) reason = event.reason;
    if (event.type === 'retry' && event.failing) failing = event.slot;
  };
  const stream = await control.events(hear, 0);
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      const { workers } = await control.status({});
      const left = workers.filter(({ pid }) => pid !== null && old.has(pid)).length;
      if (left === 0 && workers.every(({ state }) => state === 'ready')) return;
      if (failing !== undefined) {
        const message = `The new worker ${failing} does not start: ${reason}; ${count(left, 'old worker')} go on`;
        throw new RadiantError('OPERATION_FAILED', message);
      }
      progress(left);
      // oxlint-disable-next-line no-await-in-loop
      await delay(lookEveryMs);
    }
  } finally {
    stream.close();
  }
}
