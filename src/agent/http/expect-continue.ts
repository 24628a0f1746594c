import type { ServerResponse } from 'node:http';
import type net from 'node:net';

type Count = (...args: unknown[]) => number;
const counts = new WeakMap<net.Server, Count>();

/**
 * Node tells a client that expects it to go on with its body (RFC 9110, 10.1.1) before anybody hears of the request, unless
 * the app listens for `checkContinue`. Only who answers a request may say that, once; so Node is to emit the event always.
 */
export function askAboutContinue(server: net.Server): void {
  const count = server.listenerCount as Count;
  counts.set(server, count);
  const value = function (this: net.Server, ...args: unknown[]): number {
    const found = Reflect.apply(count, this, args);
    return args[0] === 'checkContinue' ? Math.max(found, 1) : found;
  };
  Object.defineProperty(server, 'listenerCount', { value, configurable: true, writable: true });
}

/** The event by which the app gets a request; where it does not listen for `checkContinue`, what Node does then is done. */
export function continued(server: net.Server, event: string, response: ServerResponse): string {
  const count = counts.get(server);
  if (event !== 'checkContinue' || count === undefined) return event;
  if (Reflect.apply(count, server, [event]) > 0) return event;
  response.writeContinue();
  return 'request';
}
