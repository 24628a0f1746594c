import type { TransportState } from '../state/state.ts';

/** What a session's client is connected by, at the worker that gives the session away. */
export interface GivenTransport {
  /** The client has gone. */
  readonly gone: boolean;
  /** Nothing more is taken from the client from now on; false: it is in the middle of something. */
  stopInput(): boolean;
  /** All that was taken from the client has come to the app. */
  readonly heard: boolean;
  /** What the other worker needs of it. */
  state(): TransportState;
  /** Has what was said to the client leave. */
  flush(): void;
  /** All of that has left. */
  readonly flushed: boolean;
  /** Nothing is written to the client from now on. */
  silence(): void;
  /** Sends what only this process can send to the worker; `failed` is called when that cannot be. */
  send(move: string, worker: number, failed: () => void): void;
  /** What was written meanwhile, and has not been sent. */
  readonly behind: Buffer;
  /** Everything goes on here. */
  resume(): void;
  /** The session is another worker's: lets go of what is here. */
  leave(worker: number): void;
  /** That knows it: what has waited goes there. */
  follow(): void;
}
