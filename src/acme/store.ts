import { createHash } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Acme } from '../config/types.ts';
import { ownFolder } from '../disk/own-folder.ts';
import { writeStateFile } from '../disk/state-file.ts';
import { readTextFileSync } from '../common/text-file.ts';

/** The key that the authority knows Radiant by, and the account's URL once there is one. */
export interface Account {
  key: string;
  url: string | null;
}

/** Tries since the last success. */
export interface Tries {
  /** For which names: others begin anew. */
  domains: string[];
  failures: number;
  /** Milliseconds since the epoch. */
  at: number;
  next: number;
  reason: string;
}

/**
 * What must survive a restart, so that nothing is asked of the authority twice: a folder for each directory (that for
 * tries must not mix with the real one), and in it files with mode 0600.
 */
export class AcmeStore {
  readonly folder: string;
  /** The chain, and behind it the private key: one file, so that a crash cannot leave half a pair. */
  readonly certificate: string;

  constructor(state: string, { directory }: Acme) {
    const { host } = new URL(directory);
    const mark = createHash('sha256').update(directory).digest('hex').slice(0, 8);
    this.folder = join(state, `${host.replaceAll(':', '-')}-${mark}`);
    this.certificate = join(this.folder, 'certificate.pem');
  }

  /** Nobody else may look into it, not even at the names. */
  prepare(): void {
    ownFolder(this.folder, 0o700);
    chmodSync(this.folder, 0o700);
  }

  account(): Account | undefined {
    return this.#read('account.json') as Account | undefined;
  }

  tries(): Tries | undefined {
    return this.#read('tries.json') as Tries | undefined;
  }

  saveAccount(account: Account): Promise<void> {
    return writeStateFile(join(this.folder, 'account.json'), `${JSON.stringify(account, null, 2)}\n`);
  }

  saveTries(tries: Tries): Promise<void> {
    return writeStateFile(join(this.folder, 'tries.json'), `${JSON.stringify(tries, null, 2)}\n`);
  }

  async forgetTries(): Promise<void> {
    await rm(join(this.folder, 'tries.json'), { force: true });
  }

  /** As they were before an order that nobody waits for any more. At once: the process is about to end. */
  putBackTries(tries: Tries | undefined): void {
    const file = join(this.folder, 'tries.json');
    try {
      rmSync(file, { force: true });
      if (tries !== undefined) writeFileSync(file, JSON.stringify(tries), { mode: 0o600 });
    } catch {
      // A wait that is too long or too short is no reason not to end.
    }
  }

  saveCertificate(cert: string, key: string): Promise<void> {
    return writeStateFile(this.certificate, `${cert.trim()}\n${key.trim()}\n`);
  }

  /** What is damaged counts as not there: it is made anew. */
  #read(name: string): unknown {
    try {
      return JSON.parse(readTextFileSync(join(this.folder, name))) as unknown;
    } catch {
      return undefined;
    }
  }
}
