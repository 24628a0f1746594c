import { useRef, useState } from 'preact/hooks';
import type { TimelineMark } from '../../admin/live/wire.ts';
import { Glyph, looks } from '../elements/kinds.tsx';
import { clock } from '../elements/text.ts';

/** Marks that are closer than this share of the width become one. */
const closest = 0.035;

/** Moments that stand at the same place of the time axis. */
interface Mark {
  at: number;
  /** 0 to 1, from the left. */
  place: number;
  moments: TimelineMark[];
}

export function marksOf(moments: readonly TimelineMark[], from: number, to: number): Mark[] {
  const marks: Mark[] = [];
  for (const moment of moments) {
    const place = (moment.at - from) / (to - from);
    if (place < 0) continue;
    const last = marks.at(-1);
    if (last !== undefined && place - last.place < closest) last.moments.push(moment);
    else marks.push({ at: moment.at, place, moments: [moment] });
  }
  return marks;
}

/** What happened, above the charts and on their time axis. One stop for the keyboard: arrows go from mark to mark. */
export function Lane({ moments, from, to }: { moments: readonly TimelineMark[]; from: number; to: number }) {
  const marks = marksOf(moments, from, to);
  const [chosen, setChosen] = useState<number>();
  const buttons = useRef(new Map<number, HTMLButtonElement>());
  const reachable = marks.findIndex(({ at }) => at === chosen);
  const stop = reachable < 0 ? marks.length - 1 : reachable;
  const move = (event: KeyboardEvent, index: number): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step === undefined ? undefined : marks[index + step];
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next.at);
    buttons.current.get(next.at)?.focus();
  };
  return (
    <div class="lane" role="group" aria-label="What happened, on the time axis of the charts">
      {marks.map(({ at, place, moments: some }, index) => {
        const main = some.toSorted((a, b) => looks[b.kind].weight - looks[a.kind].weight)[0]!;
        return (
          <button
            key={at}
            type="button"
            class={`mark ${place > 0.6 ? 'right' : ''}`}
            style={{ left: `${(place * 100).toFixed(2)}%` }}
            tabIndex={index === stop ? 0 : -1}
            ref={(element: HTMLButtonElement | null) => {
              if (element === null) buttons.current.delete(at);
              else buttons.current.set(at, element);
            }}
            aria-label={nameOf(some)}
            onFocus={() => setChosen(at)}
            onKeyDown={(event) => move(event, index)}
          >
            <Glyph kind={main.kind} />
            {some.length > 1 && <small>{some.length}</small>}
            <Tip moments={some} />
          </button>
        );
      })}
    </div>
  );
}

/** The number is part of what is seen, so it must be part of the name (WCAG 2.2, 2.5.3). */
function nameOf(moments: readonly TimelineMark[]): string {
  const texts = moments.map(({ at, text }) => `${clock(at)} ${text}`).join('; ');
  return moments.length > 1 ? `${moments.length}: ${texts}` : texts;
}

const inTip = 6;

function Tip({ moments }: { moments: readonly TimelineMark[] }) {
  return (
    <span class="tip" aria-hidden="true">
      {moments.length > inTip && <i>and {moments.length - inTip} before</i>}
      {moments.slice(-inTip).map(({ id, at, text }) => (
        <span key={`${id} ${at}`}>
          <time>{clock(at)}</time> {text}
        </span>
      ))}
    </span>
  );
}
