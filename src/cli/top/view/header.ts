import type { Status, WorkerStatus } from '../../../running/status.ts';
import { bytes, count, duration } from '../../output/text.ts';
import { short } from '../model/columns.ts';
import type { Glyphs } from '../drawing/glyphs.ts';
import { lineWidth, spread, type Line, type Span, type Style } from '../drawing/line.ts';
import type { Row } from '../model/rows.ts';
import type { TopState } from '../model/state.ts';
import { harmless } from '../drawing/width.ts';

const stateStyles: Record<Status['state'], Style> = {
  running: 'green',
  starting: 'cyan',
  failing: 'red',
  stopping: 'yellow',
};

export function titleLine({ name, state, url, release }: Status, paused: boolean, columns: number): Line {
  const left: Span[] = [
    { text: harmless(name), style: 'bold' },
    { text: '  ' },
    { text: state, style: stateStyles[state] },
    { text: `  ${harmless(url)}` },
  ];
  const right: Span[] = [{ text: `release ${release}` }];
  if (paused) right.unshift({ text: 'paused', style: 'yellow' }, { text: '  ' });
  return spread(left, right, columns);
}

/** The app as a whole; what has no room is left out, from the end. */
export function totalsLine(rows: readonly Row[], { supervisor }: Status, columns: number): Line {
  const alive = rows.filter(({ worker }) => worker.pid !== null);
  const sum = (value: (row: Row) => number): number => alive.reduce((total, row) => total + value(row), 0);
  const ready = rows.filter(({ worker }) => worker.state === 'ready');
  const spares = rows.filter(({ worker }) => worker.state === 'spare').length;
  const loop = sum(({ worker }) => worker.eventLoopUtilization) / Math.max(1, alive.length);
  const parts = [
    `${ready.length}/${rows.length - spares} ready${spares > 0 ? `, ${spares} spare` : ''}`,
    `${short(sum(({ requests }) => requests))} req/s`,
    count(
      sum(({ sessions }) => sessions),
      'session',
    ),
    `loop ${Math.round(loop * 100)}%`,
    bytes(sum(({ worker }) => worker.rssBytes)),
    `supervisor ${bytes(supervisor.rssBytes)}, up ${duration(supervisor.uptimeSeconds)}`,
  ];
  const line: Span[] = [];
  for (const part of parts) {
    const next = { text: (line.length > 0 ? '   ' : '') + part };
    if (line.length > 0 && lineWidth([...line, next]) > columns) break;
    line.push(next);
  }
  return line;
}

/** What is special at the moment, the most urgent first; empty when nothing is. */
export function noticeLine({ lost }: TopState, status: Status, now: number, glyphs: Glyphs): Line {
  if (lost !== undefined) {
    const seconds = duration(Math.max(0, (now - lost.since) / 1000));
    return [{ text: `reconnecting for ${seconds}: ${harmless(lost.reason)}`, style: 'yellow' }];
  }
  if (status.rollout !== undefined) return rolloutLine(status, glyphs);
  const failing = status.workers.find(({ state }) => state === 'failing');
  if (failing !== undefined) return failingLine(failing);
  if (status.wentBack !== undefined) {
    const { from, to, reason } = status.wentBack;
    return [{ text: `went back from release ${from} to ${to}: ${harmless(reason)}`, style: 'yellow' }];
  }
  if (status.maintenance !== undefined) {
    return [{ text: 'maintenance: visitors get the maintenance page', style: 'yellow' }];
  }
  return [];
}

function failingLine({ slot, lastExit }: WorkerStatus): Line {
  const why = lastExit === undefined ? '' : `: ${lastExit.reason}`;
  const words = lastExit?.output.find((line) => /error/i.test(line)) ?? lastExit?.output.at(-1);
  const said = words === undefined ? '' : `: ${words.trim()}`;
  return [{ text: harmless(`worker ${slot} keeps ending${why}${said}`), style: 'red' }];
}

const barWidth = 12;

/** Half of the way is that the new workers are ready, the other half that the old ones have emptied. */
function rolloutLine({ release, rollout, workers }: Status, glyphs: Glyphs): Line {
  const { to, step } = rollout!;
  const fresh = workers.filter((worker) => worker.release === to);
  const old = workers.filter((worker) => worker.release !== to);
  const ready = fresh.filter(({ state }) => state === 'ready').length;
  const busy = old.filter(({ state }) => state !== 'standby');
  const sessions = busy.reduce((sum, { websockets, longPolls }) => sum + websockets + longPolls, 0);
  const wanted = Math.max(old.length, fresh.length, 1);
  const switched = release === to;
  const share = switched ? 0.5 + 0.5 * (1 - busy.length / wanted) : 0.5 * (ready / wanted);
  const done = Math.round(share * barWidth);
  const doing = switched
    ? step === 'watching'
      ? 'it is watched'
      : `${count(sessions, 'session')} left in ${count(busy.length, 'old worker')}`
    : `${ready} of ${wanted} new workers ready`;
  return [
    { text: `deploy of release ${to}  ` },
    { text: glyphs.done.repeat(done), style: 'green' },
    { text: glyphs.open.repeat(barWidth - done), style: 'dim' },
    { text: `  ${step}: ${doing}` },
  ];
}
