import type net from 'node:net';

import { fault } from '../runtime/guard.ts';
import { Server } from '../runtime/originals.ts';

type ListenArguments = unknown[];

/** Has another server listen where the first one was told to. */
export type Bind = (other: net.Server) => void;

/** What becomes of a server that is told to listen on a TCP port. */
export interface PortClaims {
  /** The path of the UNIX socket that it listens on instead, or undefined when it is none of ours. */
  claim(server: net.Server, port: number, bind: Bind): string | undefined;
}

/** The TCP port that `listen(...)` was asked for; undefined for a path, a handle or a descriptor. */
function requestedPort([first]: ListenArguments): number | undefined {
  if (typeof first === 'object' && first !== null) {
    const options = first as { port?: unknown; path?: unknown; fd?: unknown; _handle?: unknown };
    if (options.path !== undefined || options.fd !== undefined || options._handle !== undefined)
      return undefined;
    return options.port === undefined ? undefined : Number(options.port);
  }
  if (typeof first === 'string' && !/^\d+$/.test(first.trim())) return undefined;
  return typeof first === 'function' || first == null ? 0 : Number(first);
}

/** The same call with a path instead of port and host; options such as `signal`, and the callback, stay. */
function onPath(args: ListenArguments, path: string): ListenArguments {
  const [first] = args;
  const callback = args.filter((arg) => typeof arg === 'function').slice(-1);
  if (typeof first !== 'object' || first === null) return [{ path }, ...callback];
  const { port: _port, host: _host, ...options } = first as Record<string, unknown>;
  return [{ ...options, path }, ...callback];
}

/** Wraps `net.Server.prototype.listen`, which `http`, `https`, `http2` and every framework's servers end in. */
export function interceptListen(claims: PortClaims): void {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: net.Server, ...args: never[]) {
    let path: string | undefined;
    const bind: Bind = (other) => {
      const without = args.filter((arg) => typeof arg !== 'function');
      Reflect.apply(listen, other, without);
    };
    try {
      const port = requestedPort(args);
      path = port === undefined ? undefined : claims.claim(this, port, bind);
    } catch (error) {
      fault('listen', error);
    }
    return Reflect.apply(listen, this, path === undefined ? args : onPath(args, path));
  } as typeof listen;
}
