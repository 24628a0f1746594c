import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeCertificate, tlsArgs } from '../support/certificates.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';
import type { Doors } from './client.ts';

const appFile = fileURLToPath(new URL('app.cjs', import.meta.url));
/** An app that notes what begins, with so many workers, and how it is reached. */
export interface Fleet {
  app: RunningApp;
  slots: number;
  doors: Doors;
  /** The processes in which each request has begun, by its id. */
  began(): Map<string, number[]>;
}

export interface FleetOptions {
  args?: readonly string[];
  /** Its port speaks TLS. */
  tls?: boolean;
  /** The Node that the app runs on. */
  node?: string;
}

export async function startFleet(
  t: TestContext,
  slots: number,
  { args = [], tls = false, node = process.execPath }: FleetOptions = {},
): Promise<Fleet> {
  const folder = await testFolder(t);
  const journal = join(folder, 'journal');
  const certificate = tls ? tlsArgs(makeCertificate(folder, 'ends', '127.0.0.1')) : [];
  const app = await startRadiant({
    app: appFile,
    workers: slots,
    args: ['--node', node, ...certificate, ...args],
    env: { JOURNAL: journal },
  });
  t.after(() => app.stop());
  return {
    app,
    slots,
    doors: { port: app.port, ownSocket: (slot) => join(app.home, `run/app/app.${slot}.sock`) },
    began: () => {
      const began = new Map<string, number[]>();
      for (const line of readFileSync(journal, { encoding: 'utf8', flag: 'a+' })
        .split('\n')
        .filter(Boolean)) {
        const [id, pid] = line.split(' ') as [string, string];
        began.set(id, [...(began.get(id) ?? []), Number(pid)]);
      }
      return began;
    },
  };
}
