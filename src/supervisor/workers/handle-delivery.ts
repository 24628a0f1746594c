import type { ChildProcess } from 'node:child_process';
import { listenerCommand } from '../../protocol/messages.ts';
import type { Handle } from '../../running/handle.ts';

/**
 * Sends one worker fresh handles of the listening sockets whenever its app listens again. Those that are on their way when
 * it asks may reach an app that does not listen, so they are sent once more: once, however often it asked meanwhile.
 */
export class HandleDelivery {
  readonly #child: ChildProcess | undefined;
  #underWay = 0;
  #again: readonly Handle[] | undefined;

  /** `child`: undefined for a worker that has no channel to this supervisor. */
  constructor(child: ChildProcess | undefined) {
    this.#child = child;
  }

  send(handles: readonly Handle[]): void {
    const child = this.#child;
    if (child === undefined) return;
    if (this.#underWay > 0) {
      this.#again = handles;
      return;
    }
    for (const [index, handle] of handles.entries()) {
      this.#underWay += 1;
      child.send({ cmd: listenerCommand, index }, handle as never, {}, () => this.#sent());
    }
  }

  #sent(): void {
    this.#underWay -= 1;
    const again = this.#again;
    if (this.#underWay > 0 || again === undefined) return;
    this.#again = undefined;
    this.send(again);
  }
}
