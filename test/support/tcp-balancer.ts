import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { proxyPath } from './proxies.ts';
import { testFolder } from './tiny-apps.ts';

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** HAProxy as a balancer that passes on bytes, and says whose they are: as `proxy` says it. */
export async function tcpBalancer(
  t: TestContext,
  to: number,
  proxy: 'send-proxy' | 'send-proxy-v2',
): Promise<number> {
  const port = await freePort();
  const file = join(await testFolder(t), 'haproxy.cfg');
  const config = `defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen public
  bind 127.0.0.1:${port}
  server radiant 127.0.0.1:${to} ${proxy} source 127.0.0.2
`;
  await writeFile(file, config);
  const child = spawn('haproxy', ['-db', '-f', file], { env: { PATH: proxyPath }, stdio: 'ignore' });
  t.after(async () => {
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
  });
  await eventually('HAProxy listens', () => answers(port));
  return port;
}
