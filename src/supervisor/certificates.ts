import { randomBytes } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import type { TlsFiles } from '../config/types.ts';
import { RadiantError, reasonOf } from '../errors.ts';
import type { Certificates as Message } from '../protocol/messages.ts';
import { readPair, type Pair } from '../tls/pair.ts';
import type { EventBus } from './event-bus.ts';
import type { CertificateStatus } from './types.ts';
import type { Worker } from './worker.ts';

const lookEveryMs = 2_000;
/** A certificate and its key are written one after the other. */
const settleMs = 1_000;
/** Who has a ticket key can read what was said under its tickets: none is used for long. */
const ticketKeysLastMs = 12 * 60 * 60 * 1000;
/** Node's ticket keys: a name, and a key each for HMAC and AES, of 16 bytes (Node docs: server.setTicketKeys). */
const ticketKeyBytes = 48;

/** The certificates that workers serve TLS with, and the ticket keys by which a session resumes in any of them. */
export class Certificates {
  readonly #files: readonly TlsFiles[];
  #workers: () => Iterable<Worker> = () => [];
  /** None only if a supervisor had to start while the files could not be read. */
  #pairs: Pair[] = [];
  #ticketKeys = randomBytes(ticketKeyBytes);
  #settling: NodeJS.Timeout | undefined;
  #rotation: NodeJS.Timeout | undefined;

  constructor(files: readonly TlsFiles[]) {
    this.#files = files;
  }

  /** Who names no host gets this one. */
  get first(): { cert: string; key: string } | undefined {
    return this.#pairs[0];
  }

  get status(): CertificateStatus[] {
    return this.#pairs.map(({ names, expires }) => ({ names, expires: expires.toISOString() }));
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
    if (this.#pairs.length > 0) worker.send(this.#message);
  }

  /** Reads the files, and follows them through links too: those who renew certificates often switch a link. */
  begin(workers: () => Iterable<Worker>, events: EventBus): void {
    this.#workers = workers;
    this.#look(events);
    this.#rotation = setInterval(() => {
      this.#ticketKeys = randomBytes(ticketKeyBytes);
      this.#tellAll();
    }, ticketKeysLastMs).unref();
    const changed = (): void => {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.#look(events), settleMs).unref();
    };
    for (const path of this.#paths) {
      watchFile(path, { interval: lookEveryMs, persistent: false }, changed);
    }
  }

  /** Reads the files again. Errors: CERTIFICATE, the pairs from before stay; OPERATION_FAILED without any. */
  reload(): CertificateStatus[] {
    if (this.#files.length === 0) {
      const remedy = 'Start it with --tls-cert and --tls-key';
      throw new RadiantError('OPERATION_FAILED', 'The app serves no HTTPS', remedy);
    }
    this.#pairs = this.#files.map(readPair);
    this.#tellAll();
    return this.status;
  }

  close(): void {
    clearTimeout(this.#settling);
    clearInterval(this.#rotation);
    for (const path of this.#paths) unwatchFile(path);
  }

  #look(events: EventBus): void {
    if (this.#files.length === 0) return;
    try {
      this.reload();
    } catch (error) {
      const text = `the certificates stay as they were: ${reasonOf(error)}`;
      events.happened({ type: 'notice', slot: 0, text });
    }
  }

  #tellAll(): void {
    for (const worker of this.#workers()) this.tell(worker);
  }

  get #paths(): string[] {
    return this.#files.flatMap(({ cert, key }) => [cert, key]);
  }
}
