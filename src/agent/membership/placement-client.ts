import type { Members } from './members.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { askPeer } from './peers.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import { settle } from '../runtime/promises.ts';
import { clearTimeout, setTimeout } from '../runtime/timers.ts';

/** How long a connection waits for a supervisor that is being replaced. */
const patienceMs = 3_000;
/** A peer may turn a question away at once, with all its connections in use. */
const askAgainMs = 250;

/** What is to be placed: see the message `place`. */
interface Wanted {
  session: string | null;
  owner: number | null;
  awaits?: boolean;
  address?: string | undefined;
}

interface Question extends Wanted {
  answer: (worker: number) => void;
  timer: NodeJS.Timeout;
}

type KnownMembers = Pick<Members, 'member' | 'others' | 'self'>;

/** Asks the supervisor where connections belong: it alone has the exact counts and knows every session. */
export class PlacementClient {
  readonly #link: Pick<SupervisorLink, 'send'>;
  readonly #members: KnownMembers;
  readonly #sessions: Sessions;
  readonly #questions = new Map<number, Question>();
  #next = 1;

  constructor(link: Pick<SupervisorLink, 'send'>, members: KnownMembers, sessions: Sessions) {
    this.#link = link;
    this.#members = members;
    this.#sessions = sessions;
  }

  /** Calls `answer` with a worker of the fleet: this one, or who has the session, when no supervisor answers in time. */
  ask(wanted: Wanted, answer: (worker: number) => void): void {
    const id = this.#next++;
    const timer = setTimeout(() => settle(this.#find(id, wanted.session)), patienceMs).unref();
    this.#questions.set(id, { ...wanted, answer, timer });
    this.#ask(id, wanted);
  }

  #ask(id: number, { session, owner, awaits = false, address }: Wanted): void {
    this.#link.send({ type: 'place', id, session, owner, awaits, address });
  }

  /** Who is too busy to answer may have the session: it is asked again, as is each supervisor that comes. */
  async #find(id: number, session: string | null): Promise<void> {
    const { others, self } = this.#members;
    const asked = session === null ? [] : others;
    const known = await Promise.all(asked.map(({ siblings }) => askPeer(siblings, { session: session! })));
    const owner = asked.find((_, i) => known[i]?.lives)?.worker;
    const question = this.#questions.get(id);
    if (owner === undefined && known.includes(undefined) && question !== undefined)
      question.timer = setTimeout(() => settle(this.#find(id, session)), askAgainMs).unref();
    else this.#settle(id, owner ?? self);
  }

  /** A supervisor from before `opened` does not say it. */
  placed({ id, worker, opened = true }: { id: number; worker: number; opened?: boolean | undefined }): void {
    const session = this.#questions.get(id)?.session ?? null;
    if (session !== null && opened) this.#sessions.placed(session, this.#member(worker));
    this.#settle(id, worker);
  }

  /** What no supervisor has decided is not remembered here: so that one hears of it as soon as it begins. */
  #settle(id: number, worker: number): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    clearTimeout(question.timer);
    question.answer(this.#member(worker));
  }

  #member(worker: number): number {
    return this.#members.member(worker) === undefined ? this.#members.self : worker;
  }

  /** After a new supervisor has welcomed this worker: it has not heard the questions of before. */
  askAgain(): void {
    for (const [id, question] of this.#questions) this.#ask(id, question);
  }
}
