import { readText } from '../../machine/control-groups.ts';

/** Between its kill and the news of its end a large process may take some seconds. */
const everyMs = 5_000;

/** Of all processes of the machine, for a control group's lack of memory or its own (Documentation/filesystems/proc.rst). */
const countInVmstat = (): number =>
  Number(/^oom_kill (\d+)$/m.exec(readText('/proc/vmstat') ?? '')?.[1] ?? 0);

/** Tells whom the kernel has killed because memory ran out: to a parent it looks like any other SIGKILL. */
export class OomKills {
  readonly #count: () => number;
  /** Two earlier counts; what is above the older one is not explained yet. */
  #older: number;
  #newer: number;

  constructor(count: () => number = countInVmstat) {
    this.#count = count;
    this.#older = count();
    this.#newer = this.#older;
    setInterval(() => this.look(), everyMs).unref();
  }

  look(): void {
    this.#older = Math.max(this.#older, this.#newer);
    this.#newer = this.#count();
  }

  /** Whether that explains a SIGKILL which nobody else admits; each kill explains one. */
  explainsOne(): boolean {
    if (this.#count() <= this.#older) return false;
    this.#older += 1;
    return true;
  }
}
