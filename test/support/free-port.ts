import { randomInt } from 'node:crypto';
import net from 'node:net';

/** The kernel gives none of these to outgoing connections (ip(7): ip_local_port_range). */
const [lowest, highest] = [10_000, 31_999];
/** Files of tests run at the same time: each takes its ports from a block that is its own while it runs. */
const blockSize = 100;

/** Whoever listens on a block's first port has the block. */
async function takeBlock(): Promise<number> {
  for (;;) {
    const first = lowest + blockSize * randomInt(Math.floor((highest - lowest + 1) / blockSize));
    const server = net.createServer().unref();
    // oxlint-disable-next-line no-await-in-loop -- one block after the other
    if (await listens(server, first)) return first;
  }
}

function listens(server: net.Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, () => resolve(true));
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  if (!(await listens(server, port))) return false;
  await new Promise((resolve) => void server.close(resolve));
  return true;
}

let block: Promise<number> | undefined;
let given = 0;

/** The first of so many ports in a row that nobody has now, and that no other file of tests takes. */
export async function freePorts(count: number): Promise<number> {
  const first = await (block ??= takeBlock());
  for (;;) {
    if (given + count >= blockSize) given = 0;
    const port = first + 1 + given;
    given += count;
    // oxlint-disable-next-line no-await-in-loop -- one place after the other
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(port + i)));
    if (free.every(Boolean)) return port;
  }
}

export const freePort = (): Promise<number> => freePorts(1);
