import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { groupName, groupNumber, workerAccount } from '../bundle/account/account.ts';
import type { Config } from '../config/types.ts';
import { runCommand } from '../node/command.ts';
import type { Homes } from '../disk/paths.ts';
import { runFolder } from '../disk/run-folder.ts';
import type { NginxFacts, Owned, Who } from './nginx-check.ts';
import { readTextFileSync } from '../common/text-file.ts';

/** Debian keeps it where only root's PATH leads. */
const places = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx', '/usr/local/nginx/sbin/nginx'];

/** What stands between the nginx of this machine and an app's sockets; undefined where there is none. */
export async function lookAtNginx(config: Config, homes: Homes): Promise<NginxFacts | undefined> {
  const binary = places.find((path) => owned(path) !== undefined);
  if (binary === undefined) return undefined;
  const { output } = await runCommand(binary, ['-V'], { timeout: 2000 });
  const name = userIn(read('/etc/nginx/nginx.conf')) ?? /--user=(\S+)/.exec(output)?.[1] ?? 'nobody';
  const user = await who(name);
  if (user === undefined) return undefined;
  const run = runFolder(homes, config.name);
  const account = await workerAccount(config);
  const gid =
    config.socketGroup === undefined
      ? (account?.gid ?? process.getgid!())
      : await groupNumber(config.socketGroup);
  const ways = [run.sockets, ...(config.socketBase === undefined ? [] : [dirname(config.socketBase)])];
  return {
    needed: config.proxies > 0 || config.listen.length === 0,
    user,
    folders: [...new Set(ways.flatMap(ancestors))].flatMap((path) => owned(path) ?? []),
    socket: { path: run.sockets, uid: account?.uid ?? process.getuid!(), gid, mode: config.socketMode },
    socketGroup: await groupName(gid),
  };
}

/** The account that `user` names in nginx's configuration. */
export const userIn = (config: string): string | undefined => /^\s*user\s+([\w.-]+)/m.exec(config)?.[1];

async function who(name: string): Promise<Who | undefined> {
  const [uid, gids] = await Promise.all([runCommand('id', ['-u', name]), runCommand('id', ['-G', name])]);
  if (uid.code !== 0 || gids.code !== 0) return undefined;
  return { name, uid: Number(uid.stdout), gids: gids.stdout.trim().split(' ').map(Number) };
}

/** From the root down to `folder`. */
const ancestors = (folder: string): string[] =>
  dirname(folder) === folder ? [folder] : [...ancestors(dirname(folder)), folder];

function owned(path: string): Owned | undefined {
  try {
    const { uid, gid, mode } = statSync(path);
    return { path, uid, gid, mode };
  } catch {
    return undefined;
  }
}

function read(path: string): string {
  try {
    return readTextFileSync(path);
  } catch {
    return '';
  }
}
