import type http from 'node:http';

import { forget, meteorServer, openSession, withInstead, type MeteorSession } from './meteor.ts';
import { lacking } from './probe.ts';
import type { SockJsConnection } from './sockjs.ts';

// oxlint-disable no-underscore-dangle -- what Meteor keeps to itself

/** What else of Meteor's server a rehearsal uses: publications, a method and strategies that are there only as long as it. */

/** What the handler of a publication or method gets as `this`. */
export interface Invocation {
  userId: string | null;
  added(collection: string, id: string, fields: Record<string, unknown>): void;
  ready(): void;
}
export type Handler = (this: Invocation, ...args: unknown[]) => unknown;

export interface Additions {
  publications: Record<string, Handler>;
  methods: Record<string, Handler>;
  /** The strategy of each collection that has another one than the usual, by Meteor's name for it. */
  strategies: Record<string, string>;
}

interface Check {
  check?(value: unknown, pattern: unknown): void;
  Match?: { Any: unknown };
}

interface StrategyNames {
  publicationStrategies?: Record<string, unknown>;
}

const ddpServer = (): StrategyNames | undefined =>
  (globalThis as { Package?: { 'ddp-server'?: { DDPServer?: StrategyNames } } }).Package?.['ddp-server']
    ?.DDPServer;

/** What it lacks of that. */
export const lackOfRehearsal = (): string[] => [
  ...lacking('server', meteorServer(), { method_handlers: 'object', onConnectionHook: 'object' }),
  ...lacking('stream_server', meteorServer().stream_server, { prefix: 'string', server: 'object' }),
  ...lacking('SockJS', meteorServer().stream_server.server, { installHandlers: 'function' }),
];

/** The path below which SockJS answers. */
export const sockJsPrefix = (): string => meteorServer().stream_server.prefix!;

/** Has the app's SockJS serve another server, too. */
export const serveSockJs = (server: http.Server): void =>
  meteorServer().stream_server.server!.installHandlers(server);

/** Gives what takes them away again. */
export function add({ publications, methods, strategies }: Additions): () => void {
  const { publish_handlers: publishers, method_handlers: callees, _publicationStrategies } = meteorServer();
  const kinds = ddpServer()?.publicationStrategies;
  const all: [Record<string, unknown>, Record<string, unknown>][] = [
    [publishers, publications],
    [callees!, methods],
  ];
  if (kinds !== undefined && _publicationStrategies !== undefined) {
    const known = Object.entries(strategies).map(([collection, kind]) => [collection, kinds[kind]]);
    all.push([_publicationStrategies, Object.fromEntries(known) as Record<string, unknown>]);
  }
  for (const [place, things] of all) Object.assign(place, things);
  return () => {
    for (const [place, things] of all) for (const name of Object.keys(things)) delete place[name];
  };
}

const nobody = (): void => {};
/** Stands where the app's hooks are while a session is opened that they are not to see. */
const noHooks = { each: nobody, forEach: nobody, eachAsync: nobody, forEachAsync: nobody };

/** As `openSession`, without the app's hooks of a connection. */
export const openUnseen = (connection: SockJsConnection, version: string): MeteorSession | undefined =>
  withInstead(meteorServer(), 'onConnectionHook', noHooks, () => openSession(connection, version));

/** As Meteor starts what it publishes to all. */
export const startUniversal = (session: MeteorSession, handler: Handler): void =>
  forget(session._startSubscription(handler));

/** What a client has said, for apps that want all of it looked at (the package audit-argument-checks). */
export function checked(value: unknown): unknown {
  const { check } = (globalThis as { Package?: { check?: Check } }).Package ?? {};
  check?.check?.(value, check.Match?.Any);
  return value;
}
