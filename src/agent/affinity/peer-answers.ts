import type { Members } from '../membership/members.ts';
import type { PeerQuestion } from '../membership/peers.ts';
import type { Acquaintance, Browsers } from '../sessions/browsers.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { ReturningClients } from './returning-clients.ts';

export interface PeerAnswersParts {
  browsers: Browsers;
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
    const { browsers, members, returning, sessions } = this.#parts;
    if ('browser' in question) {
      const { browser, connects } = question;
      const wasLost = connects ? returning.comesBack(browser) : returning.awaits(browser);
      return { lives: browsers.lives(browser), wasLost };
    }
    return { lives: sessions.owner(question.session) === members.self, wasLost: false };
  }
}
