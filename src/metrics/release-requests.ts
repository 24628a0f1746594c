import type { Family } from '../protocol/metrics.ts';

/** Older ones are forgotten, unless a worker of theirs still lives. */
const remembered = 10;

type ByStatus = Map<string, number>;

function count(families: readonly Family[], into: ByStatus): void {
  const requests = families.find(({ name }) => name === 'radiant_http_requests_total');
  for (const { labels, values } of requests?.series ?? []) {
    const status = labels[1]!;
    into.set(status, (into.get(status) ?? 0) + values[0]!);
  }
}

/** Counts requests by the release that answered them: what tells a good release from a bad one. */
export class ReleaseRequests {
  readonly #past = new Map<number, ByStatus>();

  /** A worker of this release has ended. */
  ended(release: number, families: readonly Family[]): void {
    const known = this.#past.get(release) ?? new Map<string, number>();
    this.#past.set(release, known);
    count(families, known);
    const oldest = [...this.#past.keys()].toSorted((a, b) => a - b).slice(0, -remembered);
    for (const each of oldest) this.#past.delete(each);
  }

  /** With what the living workers have counted. */
  all(living: readonly { release: number; families: readonly Family[] }[]): Map<number, ByStatus> {
    const sum = new Map([...this.#past].map(([release, counts]) => [release, new Map(counts)]));
    for (const { release, families } of living) {
      const known = sum.get(release) ?? new Map<string, number>();
      sum.set(release, known);
      count(families, known);
    }
    return sum;
  }
}
