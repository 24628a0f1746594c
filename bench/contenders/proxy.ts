import * as proxies from '../../test/support/proxies.ts';
import { freePort } from '../../test/support/radiant.ts';
import { noCookies, type Contender } from '../contender.ts';
import { hiddenWorkers } from './radiant.ts';

const behind = (proxy: proxies.Proxy): Contender => ({
  name: `${proxy.name} before Radiant`,
  async start(site) {
    site.hidden ??= hiddenWorkers(site);
    const { pid: fleet, home, name } = await site.hidden;
    const [folder, port] = [await site.lab.folder(), await freePort()];
    const args = proxies.prepareProxy(proxy, { home, name, port, folder });
    const env = { PATH: proxies.proxyPath };
    const command = ['-c', `exec ${proxy.name} "$@"`, proxy.name, ...args];
    const pid = await site.lab.start({ program: '/bin/sh', args: command, env, ready: { port } });
    return { ports: [port], roots: [pid, fleet], cookies: noCookies };
  },
});

export const nginx = behind(proxies.nginx);
export const haproxy = behind(proxies.haproxy);
