import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';

export type SocketIoOptions = Partial<ManagerOptions & SocketOptions>;

/** Connects a Socket.IO client (polling first, then upgrade); any connect error is a rejection. */
export function connectSocketIo(url: string, options: SocketIoOptions = {}): Promise<Socket> {
  const socket = io(url, { forceNew: true, reconnection: false, ...options });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once(
      'connect_error',
      (error: Error & { context?: { status?: number; responseText?: string } }) => {
        socket.close();
        const { status, responseText = '' } = error.context ?? {};
        reject(new Error(`${error.message} ${status ?? ''} ${responseText}`.trim(), { cause: error }));
      },
    );
  });
}

/** Settles when the connection has moved from polling to a WebSocket; rejects when it closes before that. */
export function upgraded(socket: Socket): Promise<void> {
  const { engine } = socket.io;
  if (engine.transport.name === 'websocket') return Promise.resolve();
  return new Promise((resolve, reject) => {
    engine.once('upgrade', () => resolve());
    engine.once('close', (reason) => reject(new Error(`closed before the upgrade: ${reason}`)));
  });
}
