import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as proxies from '../../test/support/proxies.ts';
import { freePort } from '../../test/support/radiant.ts';
import { noCookies, type Contender } from '../contender.ts';
import { hiddenWorkers } from './radiant.ts';

const behind = ({ name, config, args }: proxies.Proxy): Contender => ({
  name: `${name} before Radiant`,
  async start(site) {
    site.hidden ??= hiddenWorkers(site);
    const { pid: fleet, sockets } = await site.hidden;
    const [folder, port] = [await site.lab.folder(), await freePort()];
    const file = join(folder, `${name}.conf`);
    await writeFile(file, config({ folder, port, sockets }));
    const env = { PATH: proxies.proxyPath };
    const command = ['-c', `exec ${name} "$@"`, name, ...args(file)];
    const pid = await site.lab.start({ program: '/bin/sh', args: command, env, ready: { port } });
    return { ports: [port], roots: [pid, fleet], cookies: noCookies };
  },
});

export const nginx = behind(proxies.nginx);
export const haproxy = behind(proxies.haproxy);
