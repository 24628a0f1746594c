import { bundleApp, manyFilesApp } from './static-apps.ts';
import { meteorApp, plainApp, type MakeApp } from './apps.ts';
import { files } from './loads/files.ts';
import type { Load } from './load.ts';
import { keepAlive } from './loads/keep-alive.ts';
import { owned, ownedStreams } from './loads/owned.ts';
import { http2App, secureApp } from './secure.ts';
import { newConnections } from './loads/new-connections.ts';
import { ddp, dialogue, echo } from './loads/websocket.ts';

export interface Scenario {
  title: string;
  app: MakeApp;
  load: Load;
  workers: number;
  /** In each round, after a warm-up of a quarter of it. */
  requests: number;
  /** Names of contenders, where not all make sense. */
  only?: string[];
  /** Radiant's CPU time per request, in units of the bare app's. */
  limit?: number;
  /** Radiant must be cheaper than the proxies. */
  belowProxies?: boolean;
  /** Radiant's CPU time per request, in units of that of nginx with the same files. */
  nginxLimit?: number;
  /** What metrics may cost: CPU microseconds per request. */
  meterLimit?: number;
  /** What a forwarded request may cost, in units of a kept one. */
  forwardLimit?: number;
  /** Each round has processes of its own. */
  anew?: true;
  /** The bare app gets so many of the requests only: it needs far longer for each. */
  bareShare?: number;
}

const fresh = (workers: number): Scenario => ({
  title: 'A new connection for each request',
  app: plainApp,
  load: newConnections(32, false),
  workers,
  requests: 4_000,
  limit: 1.3,
});

// Proxies are left out: without a sticky rule of their own they make Radiant forward what it could have moved.
const foreign = (workers: number): Scenario => ({
  title: 'A new connection for each request, each with a cookie of one worker',
  app: plainApp,
  load: newConnections(32, true),
  workers,
  requests: 2_000,
  only: ['bare', 'bare-each', 'cluster', 'radiant-client', 'radiant-session', 'radiant-none'],
});

/** The same over TLS: besides what is put around an app, one worker beside one bare process. */
const secure = {
  app: secureApp,
  workers: 2,
  only: ['bare', 'bare-each', 'radiant-one', 'radiant-client', 'nginx', 'haproxy'],
};

/** What metrics cost: the same Radiant with and without. */
const metrics = (title: string, app: MakeApp, load: Load, requests: number): Scenario => ({
  title: `${title}: what metrics cost`,
  app,
  load,
  workers: 1,
  requests,
  only: ['radiant-client', 'radiant-unmetered'],
  meterLimit: 1,
});

/** What a request costs that another worker must answer, beside one that the worker answers to which it came. */
const forwarded = (title: string, app: MakeApp, load: Load): Scenario => ({
  title: `${title}: all kept, and all forwarded`,
  app,
  load,
  workers: 2,
  requests: 15_000,
  only: ['radiant-kept', 'radiant-forwarded'],
  forwardLimit: 4,
  anew: true,
});

/** By the names of `--only`. */
export const scenarios: Record<string, Scenario> = {
  'keep-alive': {
    title: 'Keep-alive HTTP, 32 connections',
    app: plainApp,
    load: keepAlive(32),
    workers: 2,
    requests: 30_000,
    limit: 1.1,
    belowProxies: true,
  },
  websocket: {
    title: 'WebSocket echo, 32 sockets, 4 messages of 64 bytes in flight on each',
    app: plainApp,
    load: dialogue(32, 4, echo),
    workers: 2,
    requests: 60_000,
    limit: 1.1,
    belowProxies: true,
  },
  ddp: {
    title: 'DDP method calls on the example Meteor app, 32 sockets, 2 calls in flight on each',
    app: meteorApp,
    load: dialogue(32, 2, ddp),
    workers: 2,
    requests: 20_000,
    limit: 1.1,
    belowProxies: true,
  },
  https: {
    ...secure,
    title: 'Keep-alive HTTPS, 32 connections',
    load: keepAlive(32),
    requests: 30_000,
    limit: 1.1,
    belowProxies: true,
  },
  wss: {
    ...secure,
    title: 'WebSocket echo over TLS, 32 sockets, 4 messages of 64 bytes in flight on each',
    load: dialogue(32, 4, echo),
    requests: 60_000,
    limit: 1.1,
    belowProxies: true,
  },
  'tls-full': {
    ...secure,
    title: 'A new TLS connection for each request, with a full handshake',
    load: newConnections(32, false),
    requests: 2_000,
  },
  'tls-resumed': {
    ...secure,
    title: 'A new TLS connection for each request, which resumes a session',
    load: newConnections(32, false, true),
    requests: 2_000,
  },
  'static-gzip': {
    title: "The example's client bundle, `Accept-Encoding: gzip`, 16 connections",
    app: bundleApp('gzip'),
    load: files(16, 'gzip'),
    workers: 2,
    requests: 20_000,
    bareShare: 1 / 50,
    only: ['bare', 'radiant-client', 'nginx-static'],
    limit: 1 / 50,
    nginxLimit: 2,
  },
  'static-br': {
    title:
      "The example's client bundle, `Accept-Encoding: gzip, br` (the app knows only gzip), 16 connections",
    app: bundleApp('br'),
    load: files(16, 'gzip, br'),
    workers: 2,
    requests: 20_000,
    bareShare: 1 / 50,
    only: ['bare', 'radiant-client', 'nginx-static'],
    limit: 1 / 50,
    nginxLimit: 2,
  },
  'static-disk': {
    title: '2,000 files of 55 KB, far more than the cache holds, 16 connections',
    app: manyFilesApp,
    load: files(16, 'gzip'),
    workers: 2,
    requests: 20_000,
    only: ['radiant-client', 'nginx-static'],
    nginxLimit: 3,
  },
  'metrics-http': metrics('Keep-alive HTTP, 32 connections', plainApp, keepAlive(32), 30_000),
  'metrics-ddp': metrics('DDP method calls, 32 sockets', meteorApp, dialogue(32, 2, ddp), 20_000),
  'metrics-static': {
    ...metrics("The example's client bundle, 16 connections", bundleApp('gzip'), files(16, 'gzip'), 20_000),
    bareShare: 1 / 50,
  },
  forwarded: forwarded('Keep-alive HTTP, 32 connections', plainApp, owned(32)),
  'forwarded-https': forwarded('Keep-alive HTTPS, 32 connections', secureApp, owned(32)),
  'forwarded-http2': forwarded('HTTP/2, 8 connections with 4 streams each', http2App, ownedStreams(8, 4)),
  'new-2': fresh(2),
  'new-8': fresh(8),
  'new-16': fresh(16),
  'foreign-2': foreign(2),
  'foreign-8': foreign(8),
  'foreign-16': foreign(16),
};
