import type net from 'node:net';

/**
 * Has no idle timeout of the app's server end a connection whose request waits for its place or for a peer's answer.
 * Meteor's is 5 s, and its own handler, which would raise that, does not see such a request. Returns what sets the
 * timeout again, unless Node has set the one for the time between two requests.
 */
export function suspendIdleTimeout(socket: net.Socket): () => void {
  const ms = socket.timeout ?? 0;
  if (ms === 0) return () => {};
  socket.setTimeout(0);
  return () => {
    if (socket.timeout === 0) socket.setTimeout(ms);
  };
}
