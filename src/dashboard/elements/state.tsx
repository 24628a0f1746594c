import type { Status, WorkerStatus } from '../../running/status.ts';

type Tone = 'good' | 'busy' | 'bad' | 'muted';

const tones: Record<WorkerStatus['state'] | Status['state'], Tone> = {
  running: 'good',
  ready: 'good',
  starting: 'busy',
  draining: 'busy',
  stopping: 'busy',
  waiting: 'busy',
  closed: 'bad',
  spare: 'muted',
  standby: 'muted',
  failing: 'bad',
};

/** A state in its word; the colour only says it again. */
export function StateMark({ state, more = '' }: { state: keyof typeof tones; more?: string }) {
  return (
    <span class={`state ${tones[state]}`}>
      {state}
      {more}
    </span>
  );
}
