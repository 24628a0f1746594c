import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readSecretKey } from '../config/options/tls-kinds.ts';
import type { Acme, ChallengeType } from '../config/types.ts';
import { epochMs, isoDate } from '../common/dates.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { readPair, type Pair } from '../tls/pair.ts';
import { noAnswers, type Answers, type Order } from './order.ts';
import { OrderFailed, placeOrder, type PlaceOrder } from './ordering.ts';
import { nextTryAt, renewalAt } from './schedule.ts';
import { AcmeStore, type Account, type Tries } from './store.ts';
import { readTextFileSync } from '../common/text-file.ts';
import type { CertificateStep } from '../running/events.ts';
import type { RenewalStatus } from '../running/status.ts';

const lookEveryMs = 1_000;
/** In the order in which they are tried. */
const challengeTypes: readonly ChallengeType[] = ['tls-alpn-01', 'http-01'];

export interface RenewalHooks {
  /** Handshakes from now on get this pair. */
  serve(pair: Pair): void;
  /** All workers answer this to the authority, from now on. */
  answer(answers: Answers): void;
  /** Somebody could answer the authority in this way. */
  answerable(challenge: ChallengeType): boolean;
  happened(step: CertificateStep): void;
  notice(text: string): void;
}

/** Gets the certificate of `tls: { acme }` and renews it; the one before is served until there is a new one. */
export class Renewal {
  readonly #acme: Acme;
  readonly #store: AcmeStore;
  readonly #place: PlaceOrder;
  readonly #now: () => number;
  readonly #ended = new AbortController();
  #hooks: RenewalHooks | undefined;
  #pair: Pair | undefined;
  #tries: Tries | undefined;
  #triesBefore: Tries | undefined;
  #due = 0;
  #busy = false;
  #looks: NodeJS.Timeout | undefined;

  constructor(acme: Acme, state: string, place: PlaceOrder = placeOrder, now: () => number = epochMs) {
    this.#acme = acme;
    this.#store = new AcmeStore(state, acme);
    this.#place = place;
    this.#now = now;
  }

  get domains(): string[] {
    return this.#acme.domains;
  }

  get status(): RenewalStatus {
    const tries = this.#busy ? undefined : this.#tries;
    return {
      directory: this.#acme.directory,
      next: isoDate(this.#busy ? this.#now() : Math.max(this.#due, this.#now())),
      ...(tries && { lastFailure: { at: isoDate(tries.at), reason: tries.reason } }),
    };
  }

  /** Serves what was got before, and looks each second whether it is time for another one. */
  begin(hooks: RenewalHooks): void {
    this.#hooks = hooks;
    this.#store.prepare();
    this.#pair = this.#stored();
    const tries = this.#store.tries();
    if (tries !== undefined && sameNames(tries.domains, this.domains)) this.#tries = tries;
    if (this.#pair !== undefined) hooks.serve(this.#pair);
    else hooks.happened({ step: 'missing', names: this.domains });
    this.#schedule();
    if (this.#tries !== undefined && this.#due > this.#now()) {
      const { reason } = this.#tries;
      const again = `the authority is asked again at ${isoDate(this.#due)}, or now by \`radiant tls renew\``;
      hooks.notice(`no certificate came for ${this.domains.join(', ')} the last time: ${reason}; ${again}`);
    }
    this.#looks = setInterval(() => this.look(), lookEveryMs).unref();
  }

  close(): void {
    clearInterval(this.#looks);
    this.#ended.abort();
    // Who stops the app in the middle of an order, to correct something perhaps, has not failed.
    if (this.#busy) this.#store.putBackTries(this.#triesBefore);
  }

  /** Asks the authority if it is time. No timer for that: it would sleep with the machine, and end after 24 days. */
  look(): void {
    if (this.#busy || this.#now() < this.#due) return;
    const challenge = this.#challenge();
    if (challenge !== undefined) void this.#ask(challenge);
  }

  /** Asks now, whenever it is due. Errors: RENEWAL_RUNNING; RENEWAL_FAILED, the certificate in use stays then. */
  async renew(): Promise<void> {
    const names = this.domains.join(', ');
    if (this.#busy) {
      throw new RadiantError('RENEWAL_RUNNING', `a certificate for ${names} is being asked for already`);
    }
    const challenge = this.#challenge();
    const nobody = 'no worker takes connections, so nobody could answer it';
    const failure = challenge === undefined ? nobody : await this.#ask(challenge);
    if (failure === undefined) return;
    const expires = this.#pair?.expires.toISOString();
    const left = expires === undefined ? 'HTTPS is refused' : `the one in use stays; it expires ${expires}`;
    const message = `the authority has issued no certificate for ${names}: ${failure}; ${left}`;
    throw new RadiantError('RENEWAL_FAILED', message);
  }

  /** Resolves with the reason if there is no new certificate. */
  async #ask(challenge: ChallengeType): Promise<string | undefined> {
    this.#busy = true;
    try {
      return await this.#renew(challenge);
    } finally {
      this.#busy = false;
      this.#schedule();
    }
  }

  #stored(): Pair | undefined {
    const { certificate } = this.#store;
    if (!existsSync(certificate)) return undefined;
    try {
      return readPair({ cert: certificate, key: certificate });
    } catch (error) {
      this.#hooks!.notice(`${reasonOf(error)}; another one is asked for`);
      return undefined;
    }
  }

  #schedule(): void {
    const pair = this.#pair;
    const fits = pair !== undefined && this.domains.every((domain) => pair.names.includes(domain));
    const begins = pair?.begins.getTime() ?? 0;
    const ends = pair?.expires.getTime() ?? 0;
    const wanted = fits ? renewalAt({ begins, ends, serial: pair.serial }) : 0;
    this.#due = Math.max(wanted, this.#tries?.next ?? 0);
  }

  async #renew(challenge: ChallengeType): Promise<string | undefined> {
    const hooks = this.#hooks!;
    const names = this.domains;
    const failures = (this.#tries?.failures ?? 0) + 1;
    this.#triesBefore = this.#tries;
    try {
      // Counted before it is known to fail: a supervisor that dies in the middle must not make the next one hurry.
      await this.#note(failures, 'it was interrupted');
      hooks.happened({ step: 'ordered', names, challenge });
      const pair = await this.#order(challenge);
      this.#tries = undefined;
      await this.#store.forgetTries();
      this.#pair = pair;
      hooks.serve(pair);
      this.#schedule();
      hooks.happened({
        step: 'issued',
        names,
        expires: pair.expires.toISOString(),
        next: isoDate(this.#due),
      });
      return undefined;
    } catch (error) {
      if (this.#ended.signal.aborted) return 'the supervisor ended before it was done';
      await this.#failed(error, failures).catch((problem: unknown) => hooks.notice(reasonOf(problem)));
      return reasonOf(error);
    } finally {
      hooks.answer(noAnswers);
    }
  }

  async #order(challenge: ChallengeType): Promise<Pair> {
    const { directory, domains, email = null } = this.#acme;
    const account = this.#store.account() ?? (await this.#newAccount());
    const order: Order = {
      directory,
      domains,
      challenge,
      email,
      accountKey: account.key,
      accountUrl: account.url,
      eab: this.#binding(),
    };
    const hooks = this.#hooks!;
    const saved: Promise<void>[] = [];
    const { cert, key } = await this.#place(
      order,
      {
        answers: (answers) => hooks.answer(answers),
        account: (url, terms) => {
          saved.push(this.#store.saveAccount({ ...account, url }));
          if (terms !== null) hooks.notice(`agreed to the terms of service at ${terms}`);
        },
      },
      this.#ended.signal,
    );
    await Promise.all(saved);
    await this.#store.saveCertificate(cert, key);
    return readPair({ cert: this.#store.certificate, key: this.#store.certificate });
  }

  async #newAccount(): Promise<Account> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const account = { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, url: null };
    await this.#store.saveAccount(account);
    return account;
  }

  /** Read when it is needed: it is a secret, and may be changed while the app runs. */
  #binding(): Order['eab'] {
    const { eab } = this.#acme;
    if (eab === undefined) return null;
    if ('key' in eab) return { kid: eab.keyId, hmacKey: eab.key };
    const hmacKey = readSecretKey(readTextFileSync(eab.keyFile));
    if (hmacKey === undefined) throw new RadiantError('CONFIG', `${eab.keyFile} holds no key in base64url`);
    return { kid: eab.keyId, hmacKey };
  }

  async #failed(error: unknown, failures: number): Promise<void> {
    const { notBefore = 0, accountUnknown = false } = error instanceof OrderFailed ? error : {};
    const account = this.#store.account();
    if (accountUnknown && account) await this.#store.saveAccount({ ...account, url: null });
    const { reason, next } = await this.#note(failures, reasonOf(error), notBefore);
    const expires = this.#pair?.expires.toISOString();
    this.#hooks!.happened({
      step: 'failed',
      names: this.domains,
      reason,
      next: isoDate(next),
      ...(expires !== undefined && { expires }),
    });
  }

  /** Writes a failure down: the first word of a try counts it, the last one says why. */
  async #note(failures: number, reason: string, notBefore = 0): Promise<Tries> {
    const at = this.#now();
    const next = Math.max(nextTryAt(failures, at), notBefore);
    this.#tries = { domains: this.domains, failures, at, next, reason };
    await this.#store.saveTries(this.#tries);
    return this.#tries;
  }

  /**
   * The one that is wished, or with each failure the other one: what is in front may let only one of them through.
   * undefined while nobody could answer.
   */
  #challenge(): ChallengeType | undefined {
    const { challenge: wished } = this.#acme;
    const failures = this.#tries?.failures ?? 0;
    const inTurn = failures % 2 === 0 ? challengeTypes : challengeTypes.toReversed();
    const allowed = wished === undefined ? inTurn : [wished];
    return allowed.find((challenge) => this.#hooks!.answerable(challenge));
  }
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join() === others.toSorted().join();
}
