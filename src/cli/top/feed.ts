import type { Control } from '../../control/client.ts';
import { followEvents } from '../../control/follow.ts';
import { Rates } from '../../control/rates.ts';
import { reasonOf } from '../../common/errors.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Sample } from './model/samples.ts';

const everyMs = 1000;

export interface Listener {
  sampled(sample: Sample): void;
  heard(event: FleetEvent): void;
  /** The supervisor does not answer, and is asked again. */
  lost(reason: string): void;
}

/** Looks at a fleet each second, and hears what happens to it, also after its supervisor was another one. */
export class Feed {
  readonly #control: Control;
  readonly #rates = new Rates();

  constructor(control: Control) {
    this.#control = control;
  }

  /** Errors: those of `status`. */
  async look(): Promise<Sample> {
    const status = await this.#control.status({});
    const at = performance.now();
    return { at, status, rates: this.#rates.look(status.workers, at) };
  }

  /** Until the returned function is called. */
  start({ sampled, heard, lost }: Listener): () => Promise<void> {
    let looking = false;
    let over = false;
    const look = async (): Promise<void> => {
      if (looking) return;
      looking = true;
      const sample = await this.look().catch((error: unknown) => reasonOf(error));
      looking = false;
      if (over) return;
      if (typeof sample === 'string') lost(sample);
      else sampled(sample);
    };
    const timer = setInterval(() => void look(), everyMs);
    const events = followEvents(this.#control, (event) => over || heard(event), look);
    return async () => {
      over = true;
      clearInterval(timer);
      await events.close();
    };
  }
}
