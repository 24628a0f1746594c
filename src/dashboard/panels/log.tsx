import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { atLeast, type Level } from '../../logs/levels.ts';
import type { NumberedLine, Seen } from '../model/store.ts';
import { clock } from '../elements/text.ts';

/** More lines than this make a browser slow, and nobody reads them. */
const shown = 500;
/** So close to its end a log is followed. */
const nearEndPx = 24;

type Choice = 'all' | 'warn' | 'error';

interface Filter {
  text: string;
  slot: number;
  level: Choice;
}

const classOf = (level: Level): string =>
  atLeast(level, 'error') ? 'error' : atLeast(level, 'warn') ? 'warn' : '';

function passes({ text, slot, level }: Filter): (line: NumberedLine) => boolean {
  const wanted = text.toLowerCase();
  return (line) =>
    (slot === 0 || line.slot === slot) &&
    (wanted === '' || line.line.toLowerCase().includes(wanted)) &&
    (level === 'all' || atLeast(line.level, level));
}

export function Log({ seen: { log, status } }: { seen: Seen }) {
  const [filter, setFilter] = useState<Filter>({ text: '', slot: 0, level: 'all' });
  const lines = useMemo(() => log.filter(passes(filter)).slice(-shown), [log, filter]);
  const slots = [...new Set(status.workers.map((worker) => worker.slot))];
  const change = (more: Partial<Filter>): void => setFilter({ ...filter, ...more });
  return (
    <section class="panel log" aria-labelledby="log-title">
      <header>
        <h2 id="log-title">Log</h2>
        <input
          type="search"
          placeholder="Filter"
          aria-label="Filter the log by text"
          value={filter.text}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
        <select
          aria-label="Lines of worker"
          value={filter.slot}
          onChange={(event) => change({ slot: Number(event.currentTarget.value) })}
        >
          <option value={0}>All workers</option>
          {slots.map((slot) => (
            <option key={slot} value={slot}>
              Worker {slot}
            </option>
          ))}
        </select>
        <select
          aria-label="Level"
          value={filter.level}
          onChange={(event) => change({ level: event.currentTarget.value as Choice })}
        >
          <option value="all">All levels</option>
          <option value="warn">Warnings and errors</option>
          <option value="error">Errors</option>
        </select>
      </header>
      <Lines lines={lines} />
    </section>
  );
}

/** Follows the end, until somebody scrolls up to read. */
function Lines({ lines }: { lines: readonly NumberedLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const last = lines.at(-1)?.id;
  useLayoutEffect(() => {
    const element = box.current!;
    if (follows.current) element.scrollTop = element.scrollHeight;
  }, [last, lines.length]);
  const scrolled = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!;
    follows.current = scrollHeight - scrollTop - clientHeight < nearEndPx;
  };
  return (
    <div
      ref={box}
      class="lines"
      role="log"
      aria-live="off"
      tabIndex={0}
      aria-labelledby="log-title"
      onScroll={scrolled}
    >
      {lines.length === 0 && <p class="note">Nothing yet</p>}
      {lines.map(({ id, at, slot, level, line }) => (
        <div key={id} class={classOf(level)}>
          <time>{clock(at)}</time>
          <span class="slot">{slot}</span>
          <span class="text">{line}</span>
        </div>
      ))}
    </div>
  );
}
