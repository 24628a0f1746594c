import type { TimelineMark } from '../../admin/live/wire.ts';
import { isoDate } from '../../common/dates.ts';
import { Glyph } from '../elements/kinds.tsx';
import { clock } from '../elements/text.ts';

const shown = 100;

/** The marks of the time axis as a list, the newest first. */
export function History({ moments }: { moments: readonly TimelineMark[] }) {
  return (
    <section class="panel history" aria-labelledby="history-title">
      <header>
        <h2 id="history-title">What happened</h2>
        <span class="note">last hour</span>
      </header>
      <ul class="list" tabIndex={0} aria-labelledby="history-title">
        {moments
          .slice(-shown)
          .toReversed()
          .map(({ id, at, kind, text }) => (
            <li key={`${at} ${id}`}>
              <Glyph kind={kind} />
              <time dateTime={isoDate(at)}>{clock(at)}</time>
              <span class="text">{text}</span>
            </li>
          ))}
      </ul>
    </section>
  );
}
