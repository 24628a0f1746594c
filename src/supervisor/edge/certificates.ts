import { randomBytes } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { noAnswers, type Answers } from '../../acme/order.ts';
import type { Renewal } from '../../acme/renewal.ts';
import type { TlsFiles } from '../../config/types.ts';
import { dateAt, epochMs } from '../../common/dates.ts';
import { RadiantError, reasonOf } from '../../common/errors.ts';
import { challengeFolder } from '../../protocol/acme-challenge.ts';
import type { Certificates as Message } from '../../protocol/messages.ts';
import { expiresSoon, ExpiryWatch } from '../../tls/expiry.ts';
import { readPair, type Pair } from '../../tls/pair.ts';
import type { EventBus } from '../events/event-bus.ts';
import { isOrphan } from '../workers/orphans.ts';
import type { CertificateStatus } from '../../running/status.ts';
import type { Worker } from '../workers/worker.ts';

const lookEveryMs = 2_000;
/** A certificate and its key are written one after the other. */
const settleMs = 1_000;
/** Who has a ticket key can read what was said under its tickets: none is used for long. */
const ticketKeysLastMs = 12 * 60 * 60 * 1000;
/** Node's ticket keys: a name, and a key each for HMAC and AES, of 16 bytes (Node docs: server.setTicketKeys). */
const ticketKeyBytes = 48;

/** What a status says of a certificate that serves. */
const said = (pair: Pair): CertificateStatus => ({
  names: pair.names,
  expires: pair.expires.toISOString(),
  expiresSoon: expiresSoon(pair, epochMs()),
  issuer: pair.issuer,
});

const saidOfNone = (names: string[]): CertificateStatus => ({
  names,
  expires: null,
  expiresSoon: false,
  issuer: null,
});

/** The last pair of these files that could be served, and what is wrong with what they hold now. */
interface FromFiles {
  pair?: Pair;
  problem?: string;
}

/** The certificates that workers serve TLS with, and the ticket keys by which a session resumes in any of them. */
export class Certificates {
  readonly #files: readonly TlsFiles[];
  readonly #renewal: Renewal | undefined;
  #workers: () => Iterable<Worker> = () => [];
  #wake = (): void => {};
  #read: FromFiles[];
  #pairs: readonly Pair[] = [];
  /** What a certificate authority has issued; none until the first time. */
  #issued: Pair | undefined;
  /** What a certificate authority may ask for now. */
  #answers: Answers = noAnswers;
  #standsIn = false;
  #ticketKeys = randomBytes(ticketKeyBytes);
  #settling: NodeJS.Timeout | undefined;
  #rotation: NodeJS.Timeout | undefined;
  #expiries: NodeJS.Timeout | undefined;
  readonly #watch = new ExpiryWatch();

  constructor(files: readonly TlsFiles[], renewal: Renewal | undefined) {
    this.#files = files;
    this.#renewal = renewal;
    this.#read = files.map((pair) => readAgain(pair, {}));
  }

  /** What is served; the first one to clients that name no host. */
  get pairs(): readonly Pair[] {
    return this.#pairs;
  }

  /** Workers of an earlier supervisor serve what this one could not read: nobody may take their place until it can. */
  get holdBack(): boolean {
    return this.#lacking && [...this.#workers()].some(isOrphan);
  }

  get #lacking(): boolean {
    return this.#read.some(({ pair }) => pair === undefined);
  }

  get status(): CertificateStatus[] {
    const own = this.#read.map(({ pair, problem }, index) => ({
      ...(pair ? said(pair) : saidOfNone([])),
      file: this.#files[index]!.cert,
      ...(problem !== undefined && { problem }),
    }));
    if (this.#renewal === undefined) return own;
    const { domains, status } = this.#renewal;
    return [...own, { ...(this.#issued ? said(this.#issued) : saidOfNone(domains)), renewal: status }];
  }

  get #message(): Message {
    return {
      type: 'certificates',
      pairs: this.#pairs.map(({ names, cert, key }) => ({ names, cert, key })),
      ticketKeys: this.#ticketKeys.toString('base64'),
    };
  }

  /** What a worker must hear before it takes clients. */
  tell(worker: Worker): void {
    if (this.#pairs.length > 0 && !(this.#lacking && isOrphan(worker))) worker.send(this.#message);
    if (this.#answers !== noAnswers) worker.send({ type: 'challenges', ...this.#answers });
  }

  /**
   * Serves them, and follows the files through links too: those who renew certificates often switch a link. Calls
   * `wake` when something else is served.
   */
  begin(workers: () => Iterable<Worker>, events: EventBus, wake: () => void): void {
    this.#workers = workers;
    this.#wake = wake;
    this.#readFiles(); // again: what has changed since is not seen by those who begin to watch now
    this.#noticeProblems(events);
    this.#renewal?.begin({
      serve: (pair) => {
        this.#issued = pair;
        this.#serve();
      },
      answer: (answers) => this.#answer(answers),
      answerable: (challenge) =>
        [...workers()].some(({ open }) => open) || (this.#standsIn && challenge === 'http-01'),
      happened: (step) => events.happened({ type: 'certificate', ...step }),
      notice: (text) => events.happened({ type: 'notice', slot: 0, text }),
    });
    this.#rotation = setInterval(() => {
      this.#ticketKeys = randomBytes(ticketKeyBytes);
      this.#tellAll();
    }, ticketKeysLastMs).unref();
    this.#expiries = setInterval(() => this.#lookAtExpiry(events), lookEveryMs).unref();
    this.#lookAtExpiry(events);
    const changed = (): void => {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => {
        this.#readFiles();
        this.#noticeProblems(events);
      }, settleMs).unref();
    };
    for (const path of this.#paths) {
      watchFile(path, { interval: lookEveryMs, persistent: false }, changed);
    }
  }

  /**
   * Reads the files again. Errors: CERTIFICATE, what was served of these files before stays, and the others are served;
   * OPERATION_FAILED without any.
   */
  reload(): CertificateStatus[] {
    if (this.#files.length === 0 && this.#renewal === undefined) {
      const remedy = 'Start it with --tls-cert and --tls-key';
      throw new RadiantError('OPERATION_FAILED', 'The app serves no HTTPS', remedy);
    }
    this.#readFiles();
    const problems = this.#problems;
    if (problems !== '') throw new RadiantError('CERTIFICATE', problems);
    return this.status;
  }

  /** Errors: CERTIFICATE, what the files hold could not be served by a supervisor that reads them now. */
  check(): void {
    for (const files of this.#files) readPair(files);
  }

  /** Asks the authority for a new one now. Errors: NO_RENEWAL, RENEWAL_RUNNING, RENEWAL_FAILED. */
  async renew(): Promise<CertificateStatus[]> {
    if (this.#renewal === undefined)
      throw new RadiantError('NO_RENEWAL', 'The app gets no certificate by ACME');
    await this.#renewal.renew();
    return this.status;
  }

  /** `on`: the supervisor itself answers plain HTTP, so that http-01 needs no worker. */
  standIn(on: boolean): void {
    this.#standsIn = on;
  }

  /** What is to be answered to a request of http-01; undefined if this is none that is expected. */
  answerTo(path: string): string | undefined {
    if (!path.startsWith(challengeFolder)) return undefined;
    return this.#answers.tokens.find(({ token }) => token === path.slice(challengeFolder.length))?.answer;
  }

  #answer(answers: Answers): void {
    this.#answers = answers;
    for (const worker of this.#workers()) worker.send({ type: 'challenges', ...answers });
  }

  close(): void {
    this.#renewal?.close();
    clearTimeout(this.#settling);
    clearInterval(this.#rotation);
    clearInterval(this.#expiries);
    for (const path of this.#paths) unwatchFile(path);
  }

  #readFiles(): void {
    this.#read = this.#files.map((files, index) => readAgain(files, this.#read[index]!));
    this.#serve();
  }

  get #problems(): string {
    return this.#read.flatMap(({ problem }) => problem ?? []).join('; ');
  }

  #noticeProblems(events: EventBus): void {
    if (this.#problems === '') return;
    const waits = this.holdBack
      ? '; the workers that have the ones from before go on until it is corrected'
      : '';
    events.happened({
      type: 'notice',
      slot: 0,
      text: `new certificates are not served: ${this.#problems}${waits}`,
    });
  }

  #lookAtExpiry(events: EventBus): void {
    for (const { names, expires } of this.#watch.look(this.#pairs, epochMs())) {
      events.happened({ type: 'certificate', step: 'expiring', names, expires: expires.toISOString() });
    }
  }

  #serve(): void {
    const read = this.#read.flatMap(({ pair }) => pair ?? []);
    this.#pairs = this.#issued === undefined ? read : [...read, this.#issued];
    this.#tellAll();
    this.#wake();
  }

  #tellAll(): void {
    for (const worker of this.#workers()) this.tell(worker);
  }

  get #paths(): string[] {
    return this.#files.flatMap(({ cert, key }) => [cert, key]);
  }
}

function readAgain(files: TlsFiles, { pair }: FromFiles): FromFiles {
  try {
    const read = readPair(files);
    const now = dateAt(epochMs());
    if (pair === undefined || read.expires > now || pair.expires <= now) return { pair: read };
    return { pair, problem: `${files.cert} has expired: it was valid until ${read.expires.toISOString()}` };
  } catch (error) {
    return { ...(pair && { pair }), problem: reasonOf(error) };
  }
}
