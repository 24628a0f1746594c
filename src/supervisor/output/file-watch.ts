import { watch, type FSWatcher } from 'node:fs';

/** How often a file is looked at that the kernel does not tell of. */
const everyMs = 250;
/** So many looks later it is asked again whether it does. */
const looksPerTry = 240;

/**
 * Calls back when a file has changed. The kernel tells that, as long as the machine has inotify watches left (inotify(7): they
 * are counted for each user, and editors and build tools use many); without one the file is looked at now and then.
 */
export class FileWatch {
  readonly #path: string;
  readonly #look: () => void;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `look` may be called though nothing has changed. */
  constructor(path: string, look: () => void) {
    this.#path = path;
    this.#look = look;
    if (!this.#watch()) this.#poll();
  }

  #watch(): boolean {
    try {
      this.#watcher = watch(this.#path, () => this.#look());
    } catch {
      return false; // EMFILE, ENOSPC
    }
    this.#watcher.once('error', () => {
      this.close();
      this.#poll();
    });
    return true;
  }

  #poll(): void {
    let looks = 0;
    this.#timer = setInterval(() => {
      this.#look();
      looks += 1;
      if (looks % looksPerTry === 0 && this.#watch()) clearInterval(this.#timer);
    }, everyMs).unref();
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#timer);
  }
}
