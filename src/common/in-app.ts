/** A client's connection, as Meteor's methods and publications have it in `this.connection`. */
export interface AppConnection {
  id: string;
  clientAddress: string | null;
  httpHeaders: Record<string, string>;
  close(): void;
  onClose(callback: () => void): void;
  [own: string]: unknown;
}

/** What of a live session goes along when it leaves a worker for another one: docs/hand-over.md. */
export interface HandOverCallbacks<Connection = AppConnection> {
  /** In the worker that it leaves: JSON, or a promise of it; `false`: its client is told to connect anew. */
  give(connection: Connection, request?: unknown): unknown;
  /** In the worker that it comes to, before its publications start; `false`: it cannot go on there. */
  take(connection: Connection, state: unknown, request?: unknown): unknown;
}

/** A server of the package `ws`. */
export interface WebSocketServer<Socket> {
  handleUpgrade(
    request: never,
    socket: never,
    head: never,
    upgraded: (socket: Socket, request: unknown) => void,
  ): void;
}

/** What an app finds as `process.radiant` in a worker. */
export interface InApp {
  /** This worker leads: it is the one for work that one worker alone must do. */
  readonly leader: boolean;
  /** The worker's number, from 1. */
  readonly slot: number;
  readonly release: string;
  /** Registries of metrics, in the style of prom-client, for the app to add its own to. */
  readonly registries: Set<unknown>;
  on(event: 'leader', listener: (leader: boolean) => void): unknown;
  /**
   * The last word counts. With `server`, one of the package `ws`, the connections are its WebSockets, with the requests that they
   * began with. Errors: a TypeError, for what is not two functions, or no such server.
   */
  onHandOver<Connection = AppConnection>(
    callbacks: HandOverCallbacks<Connection> & { server?: WebSocketServer<Connection> },
  ): void;
}

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- it is Node's own
  namespace NodeJS {
    interface Process {
      radiant?: InApp;
    }
  }
}
