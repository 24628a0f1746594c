import * as proxies from '../../test/support/proxies.ts';
import { freePort } from '../../test/support/radiant.ts';
import { noCookies, type App, type Contender } from '../contender.ts';
import { hiddenWorkers } from './radiant.ts';

/** What has the proxy take TLS off itself. */
const tlsFlags = (proxy: proxies.Proxy, { certificate: pair }: App): string[] => {
  if (pair === undefined) return [];
  return proxy.name === 'nginx'
    ? ['--tls-cert', pair.cert, '--tls-key', pair.key]
    : ['--tls-cert', pair.joined];
};

const behind = (proxy: proxies.Proxy): Contender => ({
  name: `${proxy.name} before Radiant`,
  async start(site) {
    site.hidden ??= hiddenWorkers(site);
    const { pid: fleet, home, name } = await site.hidden;
    const [folder, port] = [await site.lab.folder(), await freePort()];
    const args = proxies.prepareProxy(proxy, { home, name, port, folder, flags: tlsFlags(proxy, site.app) });
    const env = { PATH: proxies.proxyPath };
    const command = ['-c', `exec ${proxy.name} "$@"`, proxy.name, ...args];
    const pid = await site.lab.start({ program: '/bin/sh', args: command, env, ready: { port } });
    return { ports: [port], roots: [pid, fleet], cookies: noCookies };
  },
});

export const nginx = behind(proxies.nginx);
export const haproxy = behind(proxies.haproxy);
