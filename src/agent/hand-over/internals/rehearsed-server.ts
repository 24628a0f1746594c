import type http from 'node:http';

import { meteorServer, openSession, withInstead, type MeteorServer, type MeteorSession } from './meteor.ts';
import { lacking } from './probe.ts';
import type { SockJsConnection } from './sockjs.ts';

/** What else of Meteor's server a rehearsal uses: it is lent publications and methods, which the app's own never has. */

/** What the handler of a publication or method gets as `this`. */
export interface Invocation {
  userId: string | null;
  added(collection: string, id: string, fields: Record<string, unknown>): void;
  ready(): void;
}
export type Handler = (this: Invocation, ...args: unknown[]) => unknown;

export interface Lent {
  publications: Record<string, Handler>;
  methods: Record<string, Handler>;
  universal: Handler;
  /** The strategy of each collection that has another one than the usual, by Meteor's name for it. */
  strategies: Record<string, string>;
}

interface Packages {
  'ddp-server'?: { DDPServer?: { publicationStrategies?: Record<string, object> } };
  check?: { check?(value: unknown, pattern: unknown): void; Match?: { Any: unknown } };
}

const packages = (): Packages => (globalThis as { Package?: Packages }).Package ?? {};

/** What it lacks of what is used for that. */
export const lackOfRehearsal = (): string[] => [
  ...lacking('server', meteorServer(), { onConnectionHook: 'object', getPublicationStrategy: 'function' }),
  ...lacking('stream_server', meteorServer().stream_server, { prefix: 'string', server: 'object' }),
  ...lacking('SockJS', meteorServer().stream_server.server, { installHandlers: 'function' }),
  ...lacking('DDPServer', packages()['ddp-server']?.DDPServer, { publicationStrategies: 'object' }),
];

/** The path below which SockJS answers. */
export const sockJsPrefix = (): string => meteorServer().stream_server.prefix!;

/** Has the app's SockJS serve another server, too. */
export const serveSockJs = (server: http.Server): void =>
  meteorServer().stream_server.server!.installHandlers(server);

const nobody = (): void => {};
/** Stands where the app's hooks are, which are to see nothing. */
const noHooks = { each: nobody, forEach: nobody, eachAsync: nobody, forEachAsync: nobody };

/** The app's server as a session sees it that is lent something. */
function lending({ publications, methods, universal, strategies }: Lent): MeteorServer {
  const server = meteorServer();
  const kinds = packages()['ddp-server']!.DDPServer!.publicationStrategies!;
  const lent = {
    publish_handlers: publications,
    method_handlers: methods,
    universal_publish_handlers: [universal],
    onMessageHook: noHooks,
    getPublicationStrategy: (collection: string) =>
      kinds[strategies[collection] ?? ''] ?? server.getPublicationStrategy!(collection),
  };
  return Object.create(server, Object.getOwnPropertyDescriptors(lent)) as MeteorServer;
}

/** As `openSession`, without the app's hooks, and with what is lent in the place of the app's. */
export function openUnseen(
  connection: SockJsConnection,
  version: string,
  lent: Lent,
): MeteorSession | undefined {
  const open = (): MeteorSession | undefined => openSession(connection, version);
  const session = withInstead(meteorServer(), 'onConnectionHook', noHooks, open);
  if (session !== undefined) session.server = lending(lent);
  return session;
}

/** What a client has said, for apps that want all of it looked at (the package audit-argument-checks). */
export function checked(value: unknown): unknown {
  const { check } = packages();
  check?.check?.(value, check.Match?.Any);
  return value;
}
