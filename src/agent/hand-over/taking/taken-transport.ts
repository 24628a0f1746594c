import type { Refusal } from '../../../protocol/refusals.ts';
import type { SockJsConnection } from '../internals/sockjs.ts';

/** What a session's client is connected by, at the worker that the session comes to. */
export interface TakenTransport {
  /** It has ended. */
  readonly gone: boolean;
  /** Why it cannot become what the giver has. */
  refusal(connection: SockJsConnection): Refusal | undefined;
  /** SockJS's own words have been said, to nobody. */
  settled(connection: SockJsConnection): boolean;
  /** What is said from now on reaches the client. */
  speak(connection: SockJsConnection): void;
  /** And what the client says comes here. */
  listen(): void;
  /** It stays where it was. */
  abort(connection: SockJsConnection | undefined): void;
}
