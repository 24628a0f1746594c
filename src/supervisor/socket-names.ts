import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import type { RunFolder } from '../run-folder.ts';

/** The stable name of a slot's socket, where nginx and health checks find whoever serves the slot. */
export const stableName = ({ name, socketBase }: Config, run: RunFolder, slot: number): string =>
  socketBase === undefined ? join(run.folder, `${name}.${slot}.sock`) : `${socketBase}.${slot}.sock`;

/** The stable names of an app's slots: links that always lead to a live worker, if there is one. */
export class SocketNames {
  readonly #config: Config;
  readonly #run: RunFolder;
  readonly #failed: (slot: number, error: unknown) => void;
  readonly #slots = new Set<number>();

  /** `failed` is told of a name that cannot be set (a full disk): the public sockets go on without it. */
  constructor(config: Config, run: RunFolder, failed: (slot: number, error: unknown) => void) {
    this.#config = config;
    this.#run = run;
    this.#failed = failed;
  }

  /** Leads a slot's name to a socket in one step: a connect at any moment reaches the old or the new. */
  point(slot: number, socket: string): void {
    const stable = stableName(this.#config, this.#run, slot);
    this.#slots.add(slot);
    try {
      rmSync(`${stable}.new`, { force: true });
      symlinkSync(socket, `${stable}.new`);
      renameSync(`${stable}.new`, stable);
    } catch (error) {
      this.#failed(slot, error);
    }
  }

  /** The worker behind `socket` leaves: names that lead there lead to its `heir`, until their slot has a worker again. */
  bequeath(socket: string, heir: string | undefined): void {
    if (heir === undefined) return;
    for (const slot of this.#slots) {
      if (this.#target(slot) === socket) this.point(slot, heir);
    }
  }

  #target(slot: number): string | undefined {
    try {
      return readlinkSync(stableName(this.#config, this.#run, slot));
    } catch {
      return undefined;
    }
  }

  /** The app has stopped. */
  remove(): void {
    for (const slot of this.#slots) rmSync(stableName(this.#config, this.#run, slot), { force: true });
  }
}
