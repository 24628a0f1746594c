import type { Fleet } from './fleet.ts';
import type { Sessions } from './sessions.ts';
import type { SupervisorLink } from './supervisor-link.ts';

/** How long a connection waits for a supervisor that is being replaced. */
const patienceMs = 3_000;

interface Question {
  session: string | null;
  owner: number | null;
  answer: (worker: number) => void;
  timer: NodeJS.Timeout;
}

/** Asks the supervisor where connections belong: it alone has the exact counts and knows every session. */
export class Placement {
  readonly #link: SupervisorLink;
  readonly #fleet: Fleet;
  readonly #sessions: Sessions;
  readonly #questions = new Map<number, Question>();
  #next = 1;

  constructor(link: SupervisorLink, fleet: Fleet, sessions: Sessions) {
    this.#link = link;
    this.#fleet = fleet;
    this.#sessions = sessions;
  }

  /** Calls `answer` with a worker of the fleet; with this one when nobody answers in time. */
  ask(session: string | null, owner: number | null, answer: (worker: number) => void): void {
    const id = this.#next++;
    const timer = setTimeout(() => this.placed(id, this.#fleet.self), patienceMs).unref();
    this.#questions.set(id, { session, owner, answer, timer });
    this.#link.send({ type: 'place', id, session, owner });
  }

  placed(id: number, worker: number): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    this.#questions.delete(id);
    clearTimeout(question.timer);
    const target = worker === this.#fleet.self || this.#fleet.member(worker) ? worker : this.#fleet.self;
    if (question.session !== null) this.#sessions.remember(question.session, target);
    question.answer(target);
  }

  /** After a new supervisor has welcomed this worker: it has not heard the questions of before. */
  askAgain(): void {
    for (const [id, { session, owner }] of this.#questions)
      this.#link.send({ type: 'place', id, session, owner });
  }
}
