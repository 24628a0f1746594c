import type net from 'node:net';

import { sessionCommand, type Member, type SessionMessage } from '../../protocol/messages.ts';
import { presentedAs } from '../connection/addresses.ts';
import { sendHandle } from '../link/ipc.ts';
import { handleOf } from '../runtime/internals.ts';
import { connectTo, hear } from '../runtime/sockets.ts';
import type { Refusal } from './giver.ts';
import type { Offer } from './giving.ts';
import { onLines } from './talk.ts';
import type { SessionState } from './state.ts';

/** Characters of JSON: what takes longer to begin anew than a reconnect hides. */
const mostState = 1024 * 1024;

/**
 * Says to another worker what a client knows, and sends it the client's connection. `answer` is called when it could go on
 * there, or why it cannot; until `go` the session is the giver's, and whoever of the two ends ends the offer.
 */
export function offerTo(
  { siblings, worker }: Member,
  move: string,
  state: SessionState,
  socket: net.Socket,
  answer: (refusal?: Refusal) => void,
): Offer {
  const text = JSON.stringify(state);
  if (text.length > mostState) {
    answer('state over 1 MB');
    return { go: () => {}, withdraw: () => {} };
  }
  const talk = connectTo(siblings);
  talk.write(`${JSON.stringify({ handOver: move })}\n${text}\n`);
  onLines(talk, (line) => answer((JSON.parse(line) as { refused?: string }).refused));
  hear(talk, 'close', () => answer('the other worker has gone'));
  const message: SessionMessage = {
    cmd: sessionCommand,
    move,
    worker,
    bound: true,
    bytes: '',
    addresses: presentedAs(socket) ?? null,
  };
  sendHandle(message, handleOf(socket), (error) => {
    if (error) answer('its connection could not be sent');
  });
  return { go: () => void talk.end('{}\n'), withdraw: () => void talk.destroy() };
}
