import { departuresText } from '../../history/departures.ts';
import type { Status, WorkerStatus } from '../../running/status.ts';
import { adminLines, coloured, maintenanceText } from '../output/app-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { certificateLines } from './certificates.ts';
import { bytes, clock, duration, table } from '../output/text.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from '../verb/verb.ts';

export const status: Verb = {
  name: 'status',
  summary: 'Show how an app and each of its workers are',
  args: [],
  options: { name: nameOption, json: jsonOption },
  examples: ['status', 'status --name shop --json'],
  run: async (invocation) => {
    const { findApp } = await import('../../control/discover.ts');
    const { terminal, homes, flags } = invocation;
    const app = await findApp(homes, nameFrom(invocation));
    if (flags.json) terminal.print(JSON.stringify(app.status, null, 2));
    else for (const line of statusLines(app.status, terminal)) terminal.print(line);
    return 0;
  },
};

const columns: [head: string, cell: (worker: WorkerStatus) => string][] = [
  ['worker', (worker) => String(worker.slot)],
  ['pid', (worker) => (worker.pid === null ? '-' : String(worker.pid))],
  ['state', (worker) => worker.state],
  ['up', (worker) => (worker.pid === null ? '-' : duration(worker.uptimeSeconds))],
  ['connections', (worker) => String(worker.connections)],
  ['websockets', (worker) => String(worker.websockets)],
  ['requests', (worker) => String(worker.requests)],
  ['event loop', (worker) => `${Math.round(worker.eventLoopUtilization * 100)} %`],
  ['memory', (worker) => bytes(worker.rssBytes)],
  ['restarts', (worker) => String(worker.restarts)],
];

export function statusLines(app: Status, terminal: Terminal): string[] {
  const { supervisor, workers } = app;
  const leader = workers.find((worker) => worker.leader);
  const rows = workers.map((worker) =>
    columns.map(([head, cell]) => (head === 'state' ? coloured(worker.state, terminal) : cell(worker))),
  );
  return [
    `${terminal.style('bold', app.name)} is ${coloured(app.state, terminal)} at ${app.url}`,
    `supervisor: pid ${supervisor.pid}, ${bytes(supervisor.rssBytes)}, up ${duration(supervisor.uptimeSeconds)}` +
      `; affinity: ${app.affinity}${leader ? `; leader: worker ${leader.slot}` : ''}`,
    ...(app.maintenance ? [terminal.style('yellow', maintenanceText(app.maintenance))] : []),
    ...releaseLines(app, terminal),
    ...adminLines(app),
    ...certificateLines(app.certificates ?? [], terminal),
    ...scalingLines(app, terminal),
    ...departureLines(app),
    '',
    ...table(
      columns.map(([head]) => head),
      rows,
      terminal.columns,
    ),
    ...workers.flatMap((worker) => lastExitLines(worker, terminal)),
  ];
}

function scalingLines({ scaling }: Status, terminal: Terminal): string[] {
  const { wanted, automatic, last, limit } = scaling;
  const lines: string[] = [];
  if (automatic) {
    const { min, max, target } = automatic;
    lines.push(
      `workers: ${wanted}, from ${min} to ${max} as the load asks; aimed at: event loop ` +
        `${Math.round(target.eventLoop * 100)} %, ${target.sessions} sessions each, ` +
        `${Math.round(target.memory * 100)} % of the memory`,
    );
  }
  if (last) {
    const { from, to, reason, at } = last;
    lines.push(`scaled from ${from} to ${to} at ${clock(at)}: ${reason}`);
  }
  if (limit !== undefined) lines.push(terminal.style('yellow', limit));
  return lines;
}

function departureLines({ departures }: Status): string[] {
  const text = departures && departuresText(departures);
  return text === undefined ? [] : [`clients of workers that ended: ${text}`];
}

function releaseLines({ release, rollout, wentBack, workers }: Status, terminal: Terminal): string[] {
  const others = new Set(workers.map((worker) => worker.release).filter((number) => number !== release));
  const also = others.size > 0 ? `; workers of release ${[...others].join(', ')} live too` : '';
  const lines = [
    `release: ${release}${rollout ? `; deploy of release ${rollout.to}: ${rollout.step}` : ''}${also}`,
  ];
  if (wentBack) {
    const { from, to, reason, at } = wentBack;
    lines.push(`went back from release ${from} to ${to} at ${clock(at)}: ${terminal.foreign(reason)}`);
  }
  return lines;
}

function lastExitLines({ slot, state, lastExit }: WorkerStatus, terminal: Terminal): string[] {
  if (!lastExit) return [];
  const colon = lastExit.output.length > 0 ? '; its last lines:' : '';
  return [
    '',
    `worker ${slot} is ${state}: ${terminal.foreign(lastExit.reason)}${colon}`,
    ...lastExit.output.map((line) => `  ${terminal.foreign(line)}`),
  ];
}
