import type { Address, Affinity, Speech } from '../config/types.ts';

/** What clients may ask for, how slowly and how often; milliseconds and bytes. null: no limit but Node's own. */
export interface RequestLimits {
  /** 0: left to Node. */
  headTimeout: number;
  requestTimeout: number;
  maxHead: number | null;
  maxBody: number | null;
  /** Open connections, and requests a second, of one client address in all workers. */
  connectionsPerAddress: number | null;
  requestsPerAddress: number | null;
}

/** The variable that names the descriptor which the boot data is read from. */
export const bootVariable = 'RADIANT_BOOT_FD';

/**
 * What an agent is born with: JSON behind an inherited pipe, because the environment shows in /proc and holds at most
 * 128 KiB a variable. The supervisor writes it as soon as it has a record of the process.
 */
export interface Boot {
  slot: number;
  /** The number of this process: no other worker that lives has it. */
  worker: number;
  release: string;
  /** Proves to the supervisor that a connection comes from the worker that it started. */
  token: string;
  leader: boolean;
  /** Descriptors of the inherited listening sockets, with the addresses that clients see. */
  listeners: { fd: number; address: Address; speaks: Speech }[];
  /** The port of HTTPS that visitors of plain HTTP are sent to. */
  httpsPort: number;
  /** Clients may speak HTTP/2 over TLS. */
  http2: boolean;
  /** Seconds of Strict-Transport-Security; null: left to the app. */
  hsts: number | null;
  /** The port by which the app's server is recognised. */
  port: number;
  /** What the app of this release is known to listen on: `port`, or one of its own choice if it ignores PORT. */
  learnedPort: number | null;
  /** The link to the release that serves new visitors. */
  currentLink: string;
  /** The app is one of Meteor's. */
  meteor: boolean;
  /** Files with the `StaticIndex` of each kept release, this worker's own first; empty: the app serves all. */
  staticIndexes: string[];
  supervisorSocket: string;
  workerSocket: string;
  siblingsSocket: string;
  socketMode: number;
  /** Group id of the worker's socket, if it is not the worker's own. */
  socketGroup: number | null;
  affinity: Affinity;
  /** Live sessions may go to other workers, and come from them. */
  handOver: boolean;
  proxies: number;
  /** Ranges of addresses that proxies in front have; then X-Forwarded-For holds the client alone. */
  proxiesFrom: string[];
  /** Ranges of addresses whose connections begin with a PROXY header; `unix`: those over a UNIX socket. */
  proxyProtocol: string[];
  /** What a balancer asks for to learn whether the app is well. */
  healthPath: string;
  limits: RequestLimits;
  cookie: { name: string; path: string };
  /** The text of METEOR_SETTINGS. */
  settings: string | null;
  /** Milliseconds until a worker that does not listen is given up. */
  startTimeout: number;
  /** What the process's is to be; null: as it is. */
  umask: number | null;
}
