import type { FleetMember } from '../../protocol/messages.ts';

/** The workers of the app as the supervisor last told: enough to find an owner without asking. */
export class Fleet {
  readonly self: number;
  readonly #members = new Map<number, FleetMember>();
  readonly #bySlot = new Map<number, FleetMember>();
  /** Clients that were given to a worker and may not show in its load yet. */
  readonly #promised = new Map<number, number>();

  constructor(self: number) {
    this.self = self;
  }

  update(members: readonly FleetMember[]): void {
    this.#members.clear();
    this.#bySlot.clear();
    for (const member of members) {
      this.#members.set(member.worker, member);
      if (member.open) this.#bySlot.set(member.slot, member);
    }
    for (const [worker, count] of this.#promised) this.#promised.set(worker, count / 2);
  }

  /** How many workers take new clients. */
  get openCount(): number {
    return this.#bySlot.size;
  }

  /** This worker has no sibling that could own anything. */
  get alone(): boolean {
    return this.#members.size === 0 || (this.#members.size === 1 && this.#members.has(this.self));
  }

  /** Somebody else takes new clients. */
  get othersOpen(): boolean {
    return [...this.#bySlot.values()].some(({ worker }) => worker !== this.self);
  }

  member(worker: number): FleetMember | undefined {
    return this.#members.get(worker);
  }

  /** The worker of a release that takes the clients of a slot. */
  inSlot(slot: number, release: string): FleetMember | undefined {
    const member = this.#bySlot.get(slot);
    return member?.release === release ? member : undefined;
  }

  /** The worker of a slot that takes no new clients any more: it may still hold a session. */
  leavingSlot(slot: number, release: string): FleetMember | undefined {
    for (const member of this.#members.values()) {
      if (member.slot === slot && member.release === release && !member.open) return member;
    }
    return undefined;
  }

  /** All but this worker. */
  get others(): FleetMember[] {
    return [...this.#members.values()].filter(({ worker }) => worker !== this.self);
  }

  /** Those of the others that are to end: they take nothing new, and forward what they have here. */
  get leaving(): Set<number> {
    return new Set(this.others.filter(({ open }) => !open).map(({ worker }) => worker));
  }

  /** The workers of other releases. */
  othersThan(release: string): FleetMember[] {
    return [...this.#members.values()].filter((member) => member.release !== release);
  }

  /** A worker of a release: the emptiest of those that take new clients, else any that lives. */
  ofRelease(release: string): FleetMember | undefined {
    let best: FleetMember | undefined;
    for (const member of this.#members.values()) {
      if (member.release !== release) continue;
      if (best === undefined || (member.open && (!best.open || this.#load(member) < this.#load(best))))
        best = member;
    }
    return best;
  }

  /** Who shall own a client that nobody owns: this worker, unless it has more than its share. */
  ownerForNewClient(): FleetMember | undefined {
    let least: FleetMember | undefined;
    let total = 0;
    for (const member of this.#bySlot.values()) {
      const load = this.#load(member);
      total += load;
      if (least === undefined || load < this.#load(least)) least = member;
    }
    const self = this.#members.get(this.self);
    const owner = self?.open && this.#load(self) * this.#bySlot.size <= total ? self : least;
    if (owner) this.#promised.set(owner.worker, (this.#promised.get(owner.worker) ?? 0) + 1);
    return owner;
  }

  /** The emptiest of the others that take new clients. */
  leastOther(): FleetMember | undefined {
    let least: FleetMember | undefined;
    for (const member of this.#bySlot.values()) {
      if (member.worker === this.self) continue;
      if (least === undefined || this.#load(member) < this.#load(least)) least = member;
    }
    if (least) this.#promised.set(least.worker, (this.#promised.get(least.worker) ?? 0) + 1);
    return least;
  }

  #load(member: FleetMember): number {
    return member.sessions + (this.#promised.get(member.worker) ?? 0);
  }
}
