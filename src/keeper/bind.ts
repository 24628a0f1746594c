import { existsSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { flagName } from '../config/options/flag-name.ts';
import type { OptionName } from '../config/options/options.ts';
import type { Address } from '../config/types.ts';
import { RadiantError } from '../common/errors.ts';
import { isV6 } from '../common/ip-family.ts';
import { answers, checkSocketPath } from '../machine/unix-socket.ts';

/** A socket that is bound and that nobody accepts on: libuv's handle. */
export interface ListeningHandle {
  readonly fd: number;
  close(): void;
  /** 0, or a negative errno: also that of a `bind` whose failure libuv keeps for later. */
  getsockname?(out: object): number;
}

/** Undocumented, and the only way to bind without accepting; cluster's primary uses it so. */
const { _createServerHandle: createHandle } = net as unknown as {
  _createServerHandle(
    address: string | null,
    port: number,
    family: 4 | 6 | -1,
    fd?: number,
    flags?: number,
  ): ListeningHandle | number;
};

/** uv.h: UV_TCP_IPV6ONLY. Else IPv4 clients of an IPv6 socket read as `::ffff:…`. */
const ipv6Only = 1;

export const describeAddress = (address: Address): string =>
  'path' in address
    ? address.path
    : isV6(address.host)
      ? `[${address.host}]:${address.port}`
      : `${address.host}:${address.port}`;

function bindError(address: Address, errno: number): RadiantError {
  const where = describeAddress(address);
  const name = getSystemErrorName(errno);
  if (name === 'EADDRINUSE') {
    const remedy =
      'Stop the process that listens there (`ss -ltnp` names it), or choose another with --port.';
    return new RadiantError('PORT_IN_USE', `${where} is in use by another process`, remedy);
  }
  const remedy =
    name === 'EACCES'
      ? 'Ports below 1024 need root (or CAP_NET_BIND_SERVICE): start as root with --user, or choose a higher --port.'
      : 'Check --host and --listen: the address must be one of this machine (`ip address` lists them).';
  return new RadiantError('ADDRESS', `${where} cannot be bound: ${name}`, remedy);
}

function bindTcp(address: Extract<Address, { host: string }>): ListeningHandle {
  const v6 = isV6(address.host);
  const handle = createHandle(address.host, address.port, v6 ? 6 : 4, -1, v6 ? ipv6Only : 0);
  if (typeof handle === 'number') throw bindError(address, handle);
  // A port in use is not reported by bind: a worker would then listen on a random port of all interfaces.
  const errno = handle.getsockname!({});
  if (errno === 0) return handle;
  handle.close();
  throw bindError(address, errno);
}

async function bindPath({ path }: { path: string }): Promise<ListeningHandle> {
  checkSocketPath(path);
  if (existsSync(path)) {
    if (await answers(path)) throw bindError({ path }, -98);
    await unlink(path);
  }
  const handle = createHandle(path, -1, -1);
  if (typeof handle === 'number') throw bindError({ path }, handle);
  return handle;
}

/** A socket that this process has been given as a descriptor; undefined where that is none. */
export function openHandle(fd: number): ListeningHandle | undefined {
  const handle = createHandle(null, 0, -1, fd);
  return typeof handle === 'number' ? undefined : handle;
}

const bind = async (address: Address): Promise<ListeningHandle> =>
  'path' in address ? bindPath(address) : bindTcp(await resolved(address));

/**
 * Binds all addresses, or none; those that `given` has are not bound again, and stay open whatever happens. Errors:
 * PORT_IN_USE, ADDRESS, PATH_TOO_LONG.
 */
export async function bindAll(
  addresses: readonly Address[],
  given: (address: Address) => ListeningHandle | undefined = () => undefined,
): Promise<ListeningHandle[]> {
  const handles: ListeningHandle[] = [];
  const bound: ListeningHandle[] = [];
  try {
    for (const address of addresses) {
      const known = given(address);
      if (known === undefined) bound.push(await bind(address));
      handles.push(known ?? bound.at(-1)!);
    }
    return handles;
  } catch (error) {
    for (const handle of bound) handle.close();
    throw error;
  }
}

/** Binds addresses beside the app's own, those of the option `name`. Errors: PORT_IN_USE, ADDRESS. */
export async function bindBeside(
  name: OptionName,
  addresses: readonly Address[],
  given: (address: Address) => ListeningHandle | undefined,
): Promise<ListeningHandle[]> {
  try {
    return await bindAll(addresses, given);
  } catch (error) {
    if (!(error instanceof RadiantError) || error.code !== 'PORT_IN_USE') throw error;
    const remedy = `Choose another port with --${flagName(name)}`;
    throw new RadiantError('PORT_IN_USE', `${name}: ${error.message}`, remedy, { cause: error });
  }
}

async function resolved(address: Extract<Address, { host: string }>): Promise<typeof address> {
  return address.host === 'localhost' ? { ...address, host: '127.0.0.1' } : address;
}
