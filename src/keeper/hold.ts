import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { publicSockets } from '../config/values/public-sockets.ts';
import type { Address, Config } from '../config/types.ts';
import { RadiantError } from '../common/errors.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import type { Activated } from './activation.ts';
import { bindAll, bindBeside, type ListeningHandle } from './bind.ts';
import { endWorkersLeft, type OrphanedSupervisor } from './orphaned-supervisor.ts';
import type { Listeners } from './orders.ts';
import type { HeldSockets } from './supervise.ts';

const lookEveryMs = 20;
/** On a machine that is busy; a worker that was being started needs a moment to see that nobody wants it. */
const closingMs = 10_000;

/**
 * All sockets of the app: systemd's, those that the supervisor has which a keeper left, and the others bound. Workers
 * that nobody looks after any more are ended where they hold an address that nobody can give. Errors: PORT_IN_USE,
 * ADDRESS, PATH_TOO_LONG.
 */
export async function holdSockets(
  run: RunFolder,
  config: Config,
  activated: Activated,
  left: OrphanedSupervisor | undefined,
): Promise<HeldSockets> {
  const addresses = publicSockets(config).map(({ address }) => address);
  const given = new Map<Address, ListeningHandle>();
  const collect = (take: Activated['take'], from: readonly Address[]): void => {
    for (const address of from) {
      const handle = given.has(address) ? undefined : take(address);
      if (handle !== undefined) given.set(address, handle);
    }
  };
  collect(activated.take, addresses);
  const [admin, agentCheck] = [config.admin?.listen ?? [], config.agentCheck ?? []];
  const all = [...addresses, ...admin, ...agentCheck];
  const handed = given.size < all.length ? await left?.sockets() : undefined;
  if (handed !== undefined) collect(handed.take, all);
  handed?.close();
  const known = (address: Address): ListeningHandle | undefined => given.get(address);
  const bind = async (): Promise<HeldSockets> => {
    const held: Record<Listeners, ListeningHandle[]> = { public: [], admin: [], agentCheck: [] };
    try {
      held.public = await bindAll(addresses, known);
      held.admin = await bindBeside('admin', admin, known);
      held.agentCheck = await bindBeside('agentCheck', agentCheck, known);
      return held;
    } catch (error) {
      const kept = new Set(given.values());
      for (const handle of Object.values(held).flat()) if (!kept.has(handle)) handle.close();
      throw error;
    }
  };
  try {
    return await bind();
  } catch (error) {
    if (!isInUse(error) || (left !== undefined && handed?.empty !== true)) throw error;
    await left?.end();
    // Workers hold the public addresses, and no other.
    const publicOnes = addresses.every((address) => given.has(address));
    const ended = publicOnes ? left !== undefined : await endWorkersLeft(run, config.killTimeout);
    // An app that was not stopped was killed, maybe just now.
    if (!ended && !existsSync(run.launch)) throw error;
    return await patiently(bind);
  }
}

const isInUse = (error: unknown): boolean => error instanceof RadiantError && error.code === 'PORT_IN_USE';

/** The sockets of a process are closed by the last of its threads, after its end shows. */
async function patiently<T>(bind: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + closingMs; ;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      return await bind();
    } catch (error) {
      if (!isInUse(error) || performance.now() > until) throw error;
    }
    // oxlint-disable-next-line no-await-in-loop
    await delay(lookEveryMs);
  }
}
