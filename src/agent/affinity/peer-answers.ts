import type { Members } from '../membership/members.ts';
import type { PeerQuestion } from '../membership/peers.ts';
import type { Acquaintance, Browsers } from '../sessions/browsers.ts';
import type { DepartingSessions } from '../sessions/departing-sessions.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { ReturningClients } from './returning-clients.ts';

export interface PeerAnswersParts {
  browsers: Browsers;
  departing: DepartingSessions;
  members: Members;
  returning: ReturningClients;
  sessions: Sessions;
}

/** What this worker tells its peers of the browsers and sessions that it knows. */
export class PeerAnswers {
  readonly #parts: PeerAnswersParts;

  constructor(parts: PeerAnswersParts) {
    this.#parts = parts;
  }

  about(question: PeerQuestion): Acquaintance {
    const { browsers, departing, members, returning, sessions } = this.#parts;
    if ('browser' in question) {
      const { browser, connects } = question;
      const wasLost = connects ? returning.comesBack(browser) : returning.awaits(browser);
      return { lives: browsers.lives(browser), wasLost };
    }
    const { session } = question;
    // What comes for one that has gone on follows it.
    const lives = sessions.owner(session) === members.self || departing.worker(session) !== undefined;
    return { lives, wasLost: false };
  }
}
