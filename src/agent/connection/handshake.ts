import type net from 'node:net';
import type tls from 'node:tls';

/**
 * Has a TLS server take over a connection. Its app may want to write to clients that have ended their half, but
 * nobody finishes a handshake after that: without this such a connection would be kept until it is too late.
 */
export function beginHandshake(server: tls.Server, socket: net.Socket): void {
  const { allowHalfOpen } = socket;
  // The TLS socket, which nobody else sees before the handshake, takes the option over when it is made.
  socket.allowHalfOpen = false;
  server.emit('connection', socket);
  socket.allowHalfOpen = allowHalfOpen;
}
