import type { Config } from '../../config/types.ts';
import type { AgentMessage, SupervisorMessage, Tally } from '../../protocol/messages.ts';
import type { Worker } from '../workers/worker.ts';

type Busy = Extract<AgentMessage, { type: 'addresses' }>;
type Limits = Pick<Config, 'connectionsPerAddress' | 'requestsPerAddress'>;
type Kind = 'connections' | 'requests';

/** Workers tell each second; who says nothing for so long has nothing, or hangs. */
const staleMs = 3_000;
/** An agent tells of fewer; the supervisor believes no more. */
const mostAddresses = 1_000;
/** Each worker keeps such a part of its equal share, however much the others have: a client's next connection may come here. */
const floor = 1 / 4;

/** What an address may have in a worker where it has `own`, and `others` in the other ones of `workers`. */
export function shareOf(limit: number, own: number, others: number, workers: number): number {
  const total = own + others;
  const share = total <= limit ? limit - others : (limit * own) / total;
  return Math.max(share, (limit * floor) / workers);
}

interface Report {
  at: number;
  counts: Record<Kind, Map<string, number>>;
}

/** Divides what a client address may have among the workers that it is busy in. */
export class LimitShares {
  readonly #limits: Record<Kind, number>;
  readonly #reports = new Map<Pick<Worker, 'send' | 'inbox'>, Report>();
  readonly #now: () => number;

  constructor(limits: Limits, now: () => number = () => performance.now()) {
    // Where there is no limit no agent tells anything.
    const { connectionsPerAddress: connections = 0, requestsPerAddress: requests = 0 } = limits;
    this.#limits = { connections, requests };
    this.#now = now;
  }

  /** A worker's busy addresses: it hears what is left to it of those that are busy elsewhere too. */
  told(worker: Pick<Worker, 'send' | 'inbox'>, { connections, requests }: Pick<Busy, Kind>): void {
    this.#forget();
    this.#reports.delete(worker);
    const counts = { connections: counted(connections), requests: counted(requests) };
    const answer: SupervisorMessage = {
      type: 'shares',
      connections: this.#divide('connections', counts.connections),
      requests: this.#divide('requests', counts.requests),
    };
    if (connections.length > 0 || requests.length > 0) {
      this.#reports.set(worker, { at: this.#now(), counts });
      worker.send(answer);
    }
  }

  /** What the others were left with counts from now on, so that two workers do not both give way to each other. */
  #divide(kind: Kind, own: Map<string, number>): Tally {
    const shares: Tally = [];
    for (const [address, count] of own) {
      const others = [...this.#reports.values()].flatMap(({ counts }) => counts[kind].get(address) ?? []);
      if (others.length === 0) continue;
      const elsewhere = others.reduce((sum, each) => sum + each, 0);
      const share = shareOf(this.#limits[kind], count, elsewhere, others.length + 1);
      own.set(address, Math.min(count, share));
      shares.push({ address, count: share });
    }
    return shares;
  }

  #forget(): void {
    const oldest = this.#now() - staleMs;
    for (const [worker, { at }] of this.#reports) {
      if (at < oldest || worker.inbox === undefined) this.#reports.delete(worker);
    }
  }
}

const counted = (tally: Tally): Map<string, number> =>
  new Map(tally.slice(0, mostAddresses).map(({ address, count }) => [address, count]));
