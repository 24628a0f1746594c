import type { Member } from '../../protocol/messages.ts';

/** The workers of the app as the supervisor last told: enough to find an owner without asking. */
export class Members {
  readonly self: number;
  readonly #members = new Map<number, Member>();
  readonly #bySlot = new Map<number, Member>();
  /** Clients that were given to a worker and may not show in its load yet. */
  readonly #promised = new Map<number, number>();

  constructor(self: number) {
    this.self = self;
  }

  update(members: readonly Member[]): void {
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

  /** This worker has no peer that could own anything. */
  get alone(): boolean {
    return this.#members.size === 0 || (this.#members.size === 1 && this.#members.has(this.self));
  }

  /** Somebody else takes new clients. */
  get othersOpen(): boolean {
    return [...this.#bySlot.values()].some(({ worker }) => worker !== this.self);
  }

  member(worker: number): Member | undefined {
    return this.#members.get(worker);
  }

  /** The worker of a release that takes the clients of a slot. */
  inSlot(slot: number, release: string): Member | undefined {
    const member = this.#bySlot.get(slot);
    return member?.release === release ? member : undefined;
  }

  /** The worker of a slot that takes no new clients any more: it may still hold a session. */
  leavingSlot(slot: number, release: string): Member | undefined {
    for (const member of this.#members.values()) {
      if (member.slot === slot && member.release === release && !member.open) return member;
    }
    return undefined;
  }

  /** All but this worker. */
  get others(): Member[] {
    return [...this.#members.values()].filter(({ worker }) => worker !== this.self);
  }

  /** Those of the others that are to end: they take nothing new, and forward what they have here. */
  get leaving(): Set<number> {
    return new Set(this.others.filter(({ open }) => !open).map(({ worker }) => worker));
  }

  /** The workers of other releases. */
  othersThan(release: string): Member[] {
    return [...this.#members.values()].filter((member) => member.release !== release);
  }

  /** A worker of a release: the emptiest of those that take new clients, else any that lives. */
  ofRelease(release: string): Member | undefined {
    let best: Member | undefined;
    for (const member of this.#members.values()) {
      if (member.release !== release) continue;
      if (best === undefined || (member.open && (!best.open || this.#load(member) < this.#load(best))))
        best = member;
    }
    return best;
  }

  /** Who shall own a client that nobody owns: this worker, unless it has more than its share. */
  ownerForNewClient(): Member | undefined {
    let least: Member | undefined;
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

  /** Somebody else takes live sessions. */
  get takesSessions(): boolean {
    return [...this.#bySlot.values()].some((member) => member.worker !== this.self && member.takesSessions);
  }

  /** The emptiest of the others that take new clients. */
  leastOther(): Member | undefined {
    return this.#promise(this.#least((member) => member.worker !== this.self));
  }

  /** The emptiest of the others that take new clients and live sessions. */
  leastTaking(): Member | undefined {
    return this.#promise(
      this.#least((member) => member.worker !== this.self && member.takesSessions === true),
    );
  }

  #least(may: (member: Member) => boolean): Member | undefined {
    let least: Member | undefined;
    for (const member of this.#bySlot.values()) {
      if (may(member) && (least === undefined || this.#load(member) < this.#load(least))) least = member;
    }
    return least;
  }

  #promise(member: Member | undefined): Member | undefined {
    if (member) this.#promised.set(member.worker, (this.#promised.get(member.worker) ?? 0) + 1);
    return member;
  }

  #load(member: Member): number {
    return member.sessions + (this.#promised.get(member.worker) ?? 0);
  }
}
