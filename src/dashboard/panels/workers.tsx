import type { Measure } from '../../admin/live/wire.ts';
import type { WorkerStatus } from '../../running/status.ts';
import type { Ask } from '../model/ask.ts';
import { rowsOf, topsOf, type Row } from '../model/rows.ts';
import { Sparkline } from '../elements/sparkline.tsx';
import { StateMark } from '../elements/state.tsx';
import type { Seen } from '../model/store.ts';
import { uptime, written } from '../elements/text.ts';
import { replace, restart, scaleDown, scaleLimits, scaleUp } from '../model/wishes.ts';

const columns: [measure: Measure, title: string][] = [
  ['eventLoop', 'Event loop'],
  ['memory', 'Memory'],
  ['sessions', 'Sessions'],
  ['requests', 'Requests/s'],
];

export function Workers({ seen, ask }: { seen: Seen; ask: Ask }) {
  const rows = rowsOf(seen);
  const tops = topsOf(rows);
  const ready = seen.status.workers.filter(
    ({ state, release }) => state === 'ready' && release === seen.status.release,
  ).length;
  const replaces = seen.actions.includes('replace');
  return (
    <section class="panel workers" aria-labelledby="workers-title">
      <header>
        <h2 id="workers-title">Workers</h2>
        <span class="note">
          {Math.min(ready, seen.wanted)} of {seen.wanted} ready
        </span>
        <Scale seen={seen} ask={ask} />
        <button type="button" onClick={() => ask(restart(seen.wanted))}>
          Restart
        </button>
      </header>
      <table role="table" aria-labelledby="workers-title">
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader" class="slot">
              <abbr title="Worker">#</abbr>
            </th>
            <th scope="col" role="columnheader">
              State
            </th>
            {columns.map(([measure, title]) => (
              <th scope="col" role="columnheader" class="figure" key={measure}>
                {title}
              </th>
            ))}
            <th scope="col" role="columnheader" class="plain">
              Up
            </th>
            <th scope="col" role="columnheader" class="plain">
              PID
            </th>
            <th scope="col" role="columnheader" class="plain">
              Restarts
            </th>
            {replaces && (
              <th scope="col" role="columnheader" class="act">
                <span class="hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <WorkerRow key={row.slot} row={row} tops={tops} ask={replaces ? ask : undefined} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Fewer workers end sessions, so that is asked about; more harm nobody. */
function Scale({ seen: { wanted, status }, ask }: { seen: Seen; ask: Ask }) {
  const { less, more } = scaleLimits({ ...status.scaling, wanted });
  return (
    <div class="stepper" role="group" aria-label="Number of workers">
      <button
        type="button"
        aria-label={['One worker less', less].filter(Boolean).join(': ')}
        title={less}
        disabled={less !== undefined}
        onClick={() => ask(scaleDown(wanted - 1))}
      >
        −
      </button>
      <output aria-label="Workers wanted">{wanted}</output>
      <button
        type="button"
        aria-label={['One worker more', more].filter(Boolean).join(': ')}
        title={more}
        disabled={more !== undefined}
        onClick={() => ask(scaleUp(wanted + 1))}
      >
        +
      </button>
    </div>
  );
}

interface RowProps {
  row: Row;
  tops: Record<Measure, number>;
  /** undefined where workers cannot be replaced. */
  ask: Ask | undefined;
}

function WorkerRow({ row: { slot, worker, other, numbers }, tops, ask }: RowProps) {
  return (
    <tr role="row">
      <th scope="row" role="rowheader" class="slot">
        <span class="label">Worker </span>
        {slot}
      </th>
      <td role="cell" class="states">
        <StateMark state={worker.state} />
        {worker.leader && (
          <span class="leader" role="img" aria-label="leader" title="Leader: it does what only one must do">
            ★
          </span>
        )}
        {other && <Other worker={other} shown={worker} />}
        {worker.lastExit && <span class="reason">{worker.lastExit.reason}</span>}
      </td>
      {columns.map(([measure, title]) => (
        <td role="cell" class="figure" key={measure}>
          <span class="label">{title}</span>
          <Sparkline values={numbers[measure].past} now={numbers[measure].now} top={tops[measure]} />
          <b>{written[measure](numbers[measure].now)}</b>
        </td>
      ))}
      <td role="cell" class="plain up">
        <span class="label">up </span>
        {worker.pid === null ? '–' : uptime(worker.uptimeSeconds)}
      </td>
      <td role="cell" class="plain pid">
        <span class="label">pid </span>
        {worker.pid ?? '–'}
      </td>
      <td role="cell" class={`plain restarts ${worker.restarts > 0 ? 'some' : ''}`}>
        <span class="label">restarts </span>
        {worker.restarts}
      </td>
      {ask && (
        <td role="cell" class="act">
          <button
            type="button"
            disabled={worker.state !== 'ready'}
            aria-label={`Replace worker ${slot}`}
            onClick={() => ask(replace(slot))}
          >
            Replace
          </button>
        </td>
      )}
    </tr>
  );
}

/** The second process of a slot: one takes over from the other. */
function Other({ worker, shown }: { worker: WorkerStatus; shown: WorkerStatus }) {
  const clients = worker.websockets + worker.longPolls;
  const release = worker.release === shown.release ? '' : ` r${worker.release}`;
  return <StateMark state={worker.state} more={`${release}${clients > 0 ? ` (${clients})` : ''}`} />;
}
