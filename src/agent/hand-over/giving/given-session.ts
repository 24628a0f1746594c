import type { Refusal } from '../../../protocol/refusals.ts';
import type { Answer } from '../app/answer.ts';
import type { State, TransportState } from '../state/state.ts';

/** What goes to another worker, whatever its client is connected by. */
export interface GivenSession {
  /** It has ended. */
  readonly gone: boolean;
  /** Nothing of it runs and nothing that its client was promised is still to come. */
  readonly settled: boolean;
  /** Asks the app what it knows of it; undefined where it wants not to be asked. */
  ask(): Answer<string> | undefined;
  /** All of it that its client knows, and what `ask` was answered; what it says from now on is held. */
  hold(app: string | undefined, transport: TransportState): State;
  /** It stays: what was held is said. */
  release(): void;
  /** It is another worker's. */
  end(): void;
}

/** How something of a worker goes on in another one. */
export interface WayOut<T> {
  /** Why nothing of that kind can go now. */
  obstacleOf(leaver: T): Refusal | undefined;
  give(leaver: T, done: (refusal?: Refusal) => void): void;
}
