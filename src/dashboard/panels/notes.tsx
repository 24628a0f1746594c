import type { Note } from '../model/ask.ts';

/** What became of the last actions. Successes go by themselves, failures stay until they are read. */
export function Notes({ notes, dismiss }: { notes: readonly Note[]; dismiss: (id: number) => void }) {
  return (
    <div class="notes" role="status" aria-live="polite">
      {notes.map(({ id, tone, text, more }) => (
        <div key={id} class={`said ${tone}`}>
          <div>
            <p>{text}</p>
            {more !== '' && <p class="more">{more}</p>}
          </div>
          <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
