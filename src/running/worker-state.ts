/**
 * - `starting`: its process runs, its app does not listen yet
 * - `ready`: it listens and takes new connections
 * - `closed`: its app has closed its server and lives on; the other workers take its clients
 * - `spare`: it listens and has no clients; it takes them as soon as another worker ends
 * - `draining`: it finishes what it has and takes nothing new
 * - `standby`: it has nothing left to do, and is kept in case that its release takes over again
 * - `stopping`: it was told to end
 * - `waiting`: it died; its slot is about to start a new one
 * - `failing`: it died again and again soon after its start; its slot is retried slowly
 */
export type WorkerState =
  | 'starting'
  | 'ready'
  | 'closed'
  | 'spare'
  | 'draining'
  | 'standby'
  | 'stopping'
  | 'waiting'
  | 'failing';

/** It takes nothing new any more. */
export const isLeaving = ({ state }: { readonly state: WorkerState }): boolean =>
  state === 'draining' || state === 'standby' || state === 'stopping';
