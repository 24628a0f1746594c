import type { Config } from '../config/types.ts';
import type { Site } from './site.ts';

/** What the app needs so that a proxy in front of it works: sentences, each with its remedy; empty when all is well. */
export function adviceFor(config: Config, site: Site): string[] {
  const { proxies, socketMode, socketGroup, listen, port, tls } = config;
  const own = `--listen 127.0.0.1:${port}`;
  const advice: string[] = [];
  if (proxies === 0) {
    advice.push('Start the app with --proxies 1: else it does not believe who its clients are.');
  }
  if ((socketMode & 0o002) === 0 && socketGroup === undefined) {
    advice.push(
      'The proxy must be let in to the sockets: start the app with --socket-group and the group of its user (www-data on Debian).',
    );
  }
  if (tls !== undefined) {
    advice.push(
      'The app has TLS of its own; behind a proxy that does it, leave out --tls-cert and --tls-key.',
    );
  } else if (site.waitingRoom === undefined) {
    advice.push(`With ${own} the app has an address where requests wait when no worker lives at all.`);
  } else if (listen.some((address) => 'host' in address && !isLoopback(address.host))) {
    advice.push(`The app can still be reached past the proxy, with forged addresses: start it with ${own}.`);
  }
  return advice;
}

const isLoopback = (host: string): boolean =>
  host === '::1' || host === 'localhost' || host.startsWith('127.');
