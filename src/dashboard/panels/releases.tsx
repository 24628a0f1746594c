import { parseDate } from '../../common/dates.ts';
import type { ReleaseView } from '../../releases/view.ts';
import type { RolloutStep, Status } from '../../running/status.ts';
import { bytes, count } from '../../common/units.ts';
import type { Ask } from '../model/ask.ts';
import type { Seen } from '../model/store.ts';
import { moment } from '../elements/text.ts';
import { rollBack } from '../model/wishes.ts';

export function Releases({ seen, ask }: { seen: Seen; ask: Ask }) {
  const { status, releases, at } = seen;
  const busy = status.rollout !== undefined && status.rollout.step !== 'watching';
  return (
    <section class="panel releases" aria-labelledby="releases-title">
      <header>
        <h2 id="releases-title">Releases</h2>
        <span class="note">{releases.length} kept</span>
      </header>
      <Progress seen={seen} />
      <ul class="list">
        {releases.toReversed().map((release) => (
          <li key={release.number} class={release.number === status.release ? 'current' : ''}>
            <span class="number">{release.number}</span>
            <span class="about">
              <span class="what">
                {describe(release)} <Badge release={release} status={status} />
              </span>
              <span class="how">
                <time dateTime={release.at}>{moment(parseDate(release.at), at)}</time> by {release.by}
              </span>
            </span>
            {release.number !== status.release && release.outcome.state !== 'failed' && (
              <button
                type="button"
                disabled={busy}
                aria-label={`Put release ${release.number} in place`}
                onClick={() => ask(rollBack(release.number, status.release))}
              >
                {release.number < status.release ? 'Roll back' : 'Put in place'}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const describe = ({ source, gitCommit }: ReleaseView): string =>
  `${source.name}${gitCommit === undefined ? ` (${bytes(source.bytes)})` : ` @ ${gitCommit.slice(0, 8)}`}`;

function Badge({ release: { number, outcome }, status }: { release: ReleaseView; status: Status }) {
  if (number === status.release) return <span class="state good">serves</span>;
  if (outcome.state === 'failed' || outcome.state === 'left')
    return (
      <span class="state bad" title={outcome.reason}>
        {outcome.state}
      </span>
    );
  return outcome.state === 'staged' ? <span class="state muted">never served</span> : null;
}

const steps: [title: string, of: readonly RolloutStep[]][] = [
  ['First worker', ['first']],
  ['The others', ['others']],
  ['Took over', ['switched']],
  ['Sessions move', ['draining']],
  ['Watched', ['watching']],
];

/** How far the deploy is that is under way. */
function Progress({ seen: { status, wanted } }: { seen: Seen }) {
  const { rollout, workers } = status;
  if (rollout === undefined) return null;
  const reached = steps.findIndex(([, of]) => of.includes(rollout.step));
  const ready = workers.filter(({ release, state }) => release === rollout.to && state === 'ready').length;
  const left = workers
    .filter(({ release, state }) => release !== rollout.to && state !== 'standby')
    .reduce((sum, worker) => sum + worker.websockets + worker.longPolls, 0);
  const detail =
    reached < 2
      ? `${ready} of ${wanted} new workers ready`
      : rollout.step === 'draining'
        ? `${count(left, 'session')} left in old workers`
        : 'compared with the release before';
  return (
    <div class="rollout" role="status">
      <p>
        Release {rollout.to} <span class="note">{detail}</span>
      </p>
      <ol>
        {steps.map(([title], i) => (
          <li
            key={title}
            class={i < reached ? 'past' : i === reached ? 'now' : ''}
            aria-current={i === reached ? 'step' : undefined}
          >
            {title}
          </li>
        ))}
      </ol>
    </div>
  );
}
