import type { Lab } from './lab.ts';
import type { Certificate } from './secure.ts';

/** An app to be measured, as each contender needs to know it. */
export interface App {
  /** What `node` runs, and where. */
  script: string;
  cwd: string;
  /** What `radiant start` runs. */
  radiant: string;
  env: Record<string, string>;
  /** It is served over HTTPS. */
  certificate?: Certificate;
  /** And over HTTP/2. */
  http2?: true;
  /** What the clients ask for, in a folder that nginx serves; with `gzip` it has `.gz` files beside them. */
  files?: { folder: string; coding: 'gzip' | 'br' | 'identity'; paths: string[] };
}

/** A cookie that asks for one certain worker. */
export interface WorkerCookie {
  header: string;
  /** The process id of that worker. */
  pid: number;
}

/** A contender that runs. */
export interface Running {
  /** Where it answers, on 127.0.0.1; a client spreads its connections over them. */
  ports: number[];
  /** The processes on top of its process trees. */
  roots: number[];
  /** One for each worker; those that know no such cookie get one that means nothing to them. */
  cookies: WorkerCookie[];
  /** Whose cookie the clients of `owned` carry: that of the worker which has accepted their connection, or another's. */
  owner?: 'same' | 'another';
  /** Its clients speak TLS. */
  secure?: boolean;
  /** What clients of files ask for. */
  paths?: string[];
}

/** Where contenders of one scenario run, and what they share. */
export interface Site {
  lab: Lab;
  app: App;
  workers: number;
  /** Radiant's workers without a public address, for all proxies. */
  hidden?: Promise<{ pid: number; home: string; name: string }>;
}

export interface Contender {
  name: string;
  /** It takes part only where a scenario names it. */
  special?: true;
  /** Errors: the process ended before it was ready. */
  start(site: Site): Promise<Running>;
}

export const noCookies: WorkerCookie[] = [{ header: 'radiant-bench=1.none', pid: 0 }];
