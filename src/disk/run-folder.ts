import { dirname, join } from 'node:path';
import type { Homes } from './paths.ts';

/** Where a running app keeps its sockets and its description, and where its output goes. */
export interface RunFolder {
  folder: string;
  /** The Launch that a supervisor starts with. */
  launch: string;
  control: string;
  /** Held by the keeper as long as it lives. */
  keeper: string;
  /** Who the supervisor is: a `ProcessRecord`. */
  supervisor: string;
  /** Where the supervisor gives its listening sockets to a keeper that follows one that died. */
  offer: string;
  /** Where agents reach their supervisor. */
  agents: string;
  /** What a supervisor must know of workers that survive it: one file each. */
  workers: string;
  /** The workers' own sockets; the worker's user may write here. */
  sockets: string;
  /** The peers' sockets, in a folder that only the worker's user can enter. */
  siblings: string;
  /** What outlives a stop: one folder for each release, and the link to the one that serves. */
  state: string;
  releases: string;
  current: string;
  /** What the last start found: a `Started`. */
  started: string;
  /** The supervisor's own output. */
  logs: string;
  /** The token of the page for operators, where the configuration names none. */
  adminToken: string;
  /** Whether visitors get the maintenance page, and which. */
  maintenance: string;
  /** What has happened to the fleet, one event a line. */
  history: string;
  /** The ACME accounts and certificates. */
  acme: string;
}

export function controlSocket(homes: Homes, name: string): string {
  return join(homes.run, name, 'control.sock');
}

/** In an app's run folder: held by its keeper as long as it lives. */
export const keeperSocket = (folder: string): string => join(folder, 'keeper.sock');

export const runFolder = (homes: Homes, name: string): RunFolder =>
  runFolderAt(dirname(controlSocket(homes, name)), join(homes.state, name));

export function runFolderAt(folder: string, state: string): RunFolder {
  return {
    folder,
    launch: join(folder, 'app.json'),
    control: join(folder, 'control.sock'),
    keeper: keeperSocket(folder),
    supervisor: join(folder, 'supervisor.json'),
    offer: join(folder, 'offer.sock'),
    agents: join(folder, 'agents.sock'),
    workers: join(folder, 'workers'),
    sockets: join(folder, 'sockets'),
    siblings: join(folder, 'siblings'),
    state,
    releases: join(state, 'releases'),
    current: join(state, 'current'),
    started: join(state, 'started.json'),
    logs: join(state, 'log'),
    adminToken: join(state, 'admin-token'),
    maintenance: join(state, 'maintenance.json'),
    history: join(state, 'events.log'),
    acme: join(state, 'acme'),
  };
}
