/** Which requests of a client must reach the same worker. */
export type Affinity = 'client' | 'session' | 'none';

/** A public address: a TCP host and port, or the path of a UNIX socket. */
export type Address = TcpAddress | { path: string };

export interface TcpAddress {
  host: string;
  port: number;
}

/** Where the page for operators listens. */
export interface Admin {
  /** More than one where the host means IPv4 and IPv6. */
  listen: TcpAddress[];
  /** Without it one is made and kept in the state folder. */
  token?: string;
}

/** How a worker is asked to end; `message`: the message 'shutdown' over the IPC channel. */
export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'message';

/** Who hears of what must not wait. */
export interface AlertTargets {
  /** Often a secret: never shown. */
  webhook?: string;
  /** For `/bin/sh`, run in `folder`. */
  command?: string;
  folder: string;
  /** Milliseconds in which at most one alert of a kind is sent. */
  every: number;
}

/** The limits within which the number of workers follows their load. */
export interface Scaling {
  min: number;
  max: number;
  target: {
    /** The busy share of the workers' event loops, 0 to 1, on the average. */
    eventLoop: number;
    /** WebSockets and long-poll sessions of each worker, on the average. */
    sessions: number;
    /** The share of the machine's memory (or of the control group's) that may be in use. */
    memory: number;
  };
  /** For how long a load must last before more workers start, and before some of them go; milliseconds. */
  cooldown: { up: number; down: number };
}

/**
 * What clients speak on a public address: the app's own protocol, TLS that Radiant takes off, or HTTP that is sent
 * on to HTTPS.
 */
export type Speech = 'app' | 'tls' | 'redirect';

/** A certificate chain and its private key, as PEM files. */
export interface TlsFiles {
  cert: string;
  key: string;
}

/** How a certificate authority makes sure of a domain: RFC 8555, 8.3, and RFC 8737. */
export type ChallengeType = 'http-01' | 'tls-alpn-01';

/** A certificate that Radiant gets itself, and renews, by ACME (RFC 8555). */
export interface Acme {
  /** The host names of the one certificate, in lower case and as DNS has them. */
  domains: string[];
  /** Whom the authority may write to. */
  email?: string;
  /** The URL of the authority's directory. */
  directory: string;
  /** undefined: one after the other until one succeeds. */
  challenge?: ChallengeType;
  /** Ties the account to one that the operator has with the authority (RFC 8555, 7.3.4). `key` is a secret. */
  eab?: { keyId: string; key: string } | { keyId: string; keyFile: string };
}

/**
 * The configuration after defaults, files, environment and flags were merged and checked.
 * All times are milliseconds, all paths absolute.
 */
export interface Config {
  /** What to run: a bundle folder, a `.tar.gz`, a JavaScript file or a folder with a `package.json`. */
  app: string;
  /** Lower-case letters, digits and dashes; names the run folder, the sockets and the cookie. */
  name: string;
  /** The public addresses; empty when only the workers' own sockets are wanted. */
  listen: Address[];
  /** The `PORT` that the app is told, and by which its server is recognised. */
  port: number;
  /**
   * With it the addresses of `listen` speak TLS. The first pair answers clients that name no host; there is none where
   * only `acme` gets certificates.
   */
  tls?: TlsFiles[];
  /** Only beside `tls`. */
  acme?: Acme;
  /** Addresses that send browsers on to HTTPS. */
  redirect: Address[];
  /** Clients may speak HTTP/2 over TLS. */
  http2?: boolean;
  /** Seconds that browsers shall use HTTPS only, without asking first (RFC 6797). */
  hsts?: number;
  /** How many workers, at first if that is to change by itself; `auto` has been resolved. */
  workers: number;
  scaling?: Scaling;
  /** Workers more, which start without clients and take the place of one that ends. */
  spare: number;
  /** Bytes; a worker that uses more is replaced. A share of all memory has been divided among the workers. */
  maxMemory?: number;
  /** Path of a JSON file whose text becomes `METEOR_SETTINGS`. */
  settings?: string;
  /** Extra environment of the workers. Values may hold `{slot}` or `{N+slot}`. */
  env: Record<string, string>;
  /** Those of `env` whose braces are no template: they come from the environment file. */
  literalEnv?: string[];
  /** Where workers run, if not in the folder of their program. */
  cwd?: string;
  rootUrl?: string;
  affinity: Affinity;
  /** Live sessions go from one worker to another; else their clients are told to reconnect. */
  handOver: boolean;
  /** Trusted proxies in front of Radiant. */
  proxies: number;
  /** Their addresses, where these say who they are: ranges such as `10.0.0.0/8`, or `unix`. `proxies` is 1 then. */
  proxiesFrom: string[];
  /** How long a client may take to send a head, and a whole request; 0: left to the app's Node. */
  headTimeout: number;
  requestTimeout: number;
  /** Bytes; undefined: as much as the app's Node takes. */
  maxHead?: number;
  maxBody?: number;
  /** Open connections, and requests a second, of one client address; undefined: no limit. */
  connectionsPerAddress?: number;
  requestsPerAddress?: number;
  /** Balancers that begin each connection with a PROXY header: ranges such as `10.0.0.0/8`, or `unix`. */
  proxyProtocol: string[];
  /** `bundle` (what the bundle asks for), `system` (the Node on PATH), a version, or a path. */
  node: string;
  detach: boolean;
  /** undefined: there is no page, and no port for it. */
  admin?: Admin;
  /** Where HAProxy's agent checks are answered: IPv4 and IPv6 where the host means both. undefined: nowhere. */
  agentCheck?: TcpAddress[];
  /** Octal mode and group of the workers' UNIX sockets. */
  socketMode: number;
  socketGroup?: string;
  /** Base of the stable socket names where the user set `UNIX_SOCKET_PATH`: `<base>.<slot>.sock`. */
  socketBase?: string;
  /** The user and group that workers (and `npm install`) run as, when Radiant is root. */
  user?: string;
  group?: string;
  /** Folders served by the agent, absolute, by URL path. */
  static?: Record<string, string>;
  /** All static files are left to the app. */
  noStatic: boolean;
  /** What a worker must answer below 500 before it is ready. */
  healthPath: string;
  /** Nor before its app has called `process.send('ready')`. */
  waitReady: boolean;
  /** What a worker leaves in its process group lives on. */
  keepChildren: boolean;
  keepReleases: number;
  /** Bytes of a worker's log, and milliseconds, before a new one is begun; old ones that are kept. */
  logSize: number;
  logAge: number;
  logKeep: number;
  startTimeout: number;
  /** As `startTimeout`, for the workers of a new release. */
  deployTimeout: number;
  drainTimeout: number;
  /** How long a new release is watched after the switch. */
  watch: number;
  /** How many heap snapshots are kept; 0: none are written. */
  heapSnapshots: number;
  /** undefined: nobody is told. */
  alerts?: AlertTargets;
  /** How long an event loop may stand still before its worker is killed; 0: for ever. */
  hangTimeout: number;
  queueTimeout: number;
  stopSignal: StopSignal;
  killTimeout: number;
}
