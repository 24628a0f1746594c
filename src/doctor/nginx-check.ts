import { advice, good, wrong, type Check } from './finding.ts';

/** An account, with all its groups. */
export interface Who {
  name: string;
  uid: number;
  gids: readonly number[];
}

/** Owner and mode of a file or folder. */
export interface Owned {
  path: string;
  uid: number;
  gid: number;
  mode: number;
}

/** The nginx of this machine, and what is between it and the workers' sockets. */
export interface NginxFacts {
  /** Something stands in front, or must: it may be this nginx. */
  needed: boolean;
  user: Who;
  /** From the root down to where the sockets are or will be. */
  folders: readonly Owned[];
  /** As the sockets are or will be. */
  socket: Owned;
  /** The name of that group. */
  socketGroup: string;
}

/** POSIX: the first class that fits decides, and root may do everything. */
export function may({ uid, gids }: Who, { uid: owner, gid, mode }: Owned, bit: 1 | 2): boolean {
  if (uid === 0) return true;
  if (uid === owner) return (mode & (bit << 6)) !== 0;
  return (mode & (gids.includes(gid) ? bit << 3 : bit)) !== 0;
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, '0');

/** nginx runs as another user, and must be able to reach and write the sockets. */
const reach: Check<NginxFacts | undefined> = (facts) => {
  if (facts === undefined) return undefined;
  const { needed, user, folders, socket, socketGroup } = facts;
  const bad = needed ? wrong : advice;
  const closed = folders.find((folder) => !may(user, folder, 1));
  if (closed !== undefined) {
    return bad(
      `nginx runs as ${user.name}, who may not enter ${closed.path} (mode ${octal(closed.mode)})`,
      'Set RADIANT_HOME to a folder that others may enter, such as /srv/radiant; or `chmod o+x` this one',
    );
  }
  if (!may(user, socket, 2)) {
    return bad(
      `nginx runs as ${user.name}, who may not use the workers' sockets (mode ${octal(socket.mode)}, group ${socketGroup})`,
      `--socket-group ${user.name}, if the workers' user is in it or Radiant is root; else --socket-mode 666`,
    );
  }
  return good(`nginx runs as ${user.name}, who may use the workers' sockets`);
};

export const nginxChecks = { nginx: reach };
