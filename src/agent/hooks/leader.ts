import type { Boot } from '../../protocol/boot.ts';
import type { InApp } from '../../common/in-app.ts';
import { inRootContext } from '../runtime/async-context.ts';
import { nextTick, EventEmitter } from '../runtime/originals.ts';

/** What the app finds as `process.radiant`. Emits `leader` with the new value when it changes. */
class Radiant extends EventEmitter implements InApp {
  leader = false;
  readonly slot: number;
  readonly release: string;
  readonly registries: Set<unknown>;
  readonly onHandOver: Given['onHandOver'];

  constructor(slot: number, release: string, { registries, onHandOver }: Given) {
    super();
    this.slot = slot;
    this.release = release;
    this.registries = registries;
    this.onHandOver = onHandOver;
  }
}

/** Whether this worker leads, as the app sees it in `process.radiant` and `RADIANT_LEADER`. */
export interface Leading {
  readonly current: boolean;
  set(leader: boolean): void;
}

/** What the app gives by it to other parts. */
export type Given = Pick<InApp, 'onHandOver' | 'registries'>;

export function offerLeadership({ slot, release, leader }: Boot, given: Given): Leading {
  const radiant = new Radiant(slot, release, given);
  Object.defineProperty(process, 'radiant', { value: radiant, enumerable: false, configurable: true });
  const apply = (value: boolean): void => {
    radiant.leader = value;
    if (value) process.env.RADIANT_LEADER = '1';
    else delete process.env.RADIANT_LEADER;
  };
  apply(leader);
  return {
    get current() {
      return radiant.leader;
    },
    set: (value) => {
      if (value === radiant.leader) return;
      apply(value);
      // The app's listeners run in a tick of their own: what they throw is the app's.
      inRootContext(() => nextTick(() => void radiant.emit('leader', value)));
    },
  };
}
