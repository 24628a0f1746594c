import type { ServerResponse } from 'node:http';
import type { DdpWork } from '../../src/agent/sessions/ddp-sessions.ts';
import type * as metered from '../../src/agent/meter/meter.ts';

/** What a class shows to those who use it. */
type Face<T> = { [Name in keyof T]: T[Name] };

/** Counts what the agent needs to know itself, as it did before there were metrics. */
class Requests implements Face<metered.Meter['requests']> {
  requests = 0;
  active = 0;
  failures = 0;
  readonly #answered: (this: ServerResponse) => void;

  constructor() {
    const count = (status: number): void => {
      this.active -= 1;
      if (status >= 500) this.failures += 1;
    };
    this.#answered = function () {
      count(this.statusCode);
    };
  }

  began(response: ServerResponse): void {
    this.requests += 1;
    this.active += 1;
    response.on('close', this.#answered);
  }

  becomes(): void {}

  families(): never[] {
    return [];
  }
}

const work: DdpWork = { kind: 'method', name: '', since: 0 };

/** Stands in for the agent's meter when the benchmark asks what that costs. */
export class Meter implements Record<keyof metered.Meter, unknown> {
  readonly requests = new Requests();
  readonly traffic = { opened() {}, closed() {}, families: () => [] } satisfies Face<
    metered.Meter['traffic']
  >;
  readonly ddp = {
    opened() {},
    began: () => work,
    done() {},
    families: () => [],
  } satisfies Face<metered.Meter['ddp']>;
  readonly refusals = { count() {}, families: () => [] } satisfies Face<metered.Meter['refusals']>;
  readonly runtime = { reported() {}, readHeapLimit() {}, families: () => [] } satisfies Face<
    metered.Meter['runtime']
  >;
}
