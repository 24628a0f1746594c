import { stat } from 'node:fs/promises';
import { RadiantError } from '../../common/errors.ts';
import { runCommand, type Identity } from '../../node/command.ts';

/** A user of this machine, as far as a child process needs to know. */
export interface Account extends Identity {
  name: string;
  home: string;
}

/**
 * The user and group that workers and npm run as when Radiant is root; undefined when it is not, or when none is
 * configured. Both may be names or numbers; without a group it is the user's own. Errors: CONFIG.
 */
export async function workerAccount(config: { user?: string; group?: string }): Promise<Account | undefined> {
  if (process.getuid?.() !== 0 || config.user === undefined) return undefined;
  const account = await lookUp(config.user);
  if (!account) {
    const remedy = 'Create it (`useradd --system NAME`), or correct `user`.';
    throw new RadiantError('CONFIG', `There is no user "${config.user}" on this machine`, remedy);
  }
  return config.group === undefined ? account : { ...account, gid: await groupNumber(config.group) };
}

/** Who owns a folder, when Radiant is root and the owner is not; else undefined. */
export async function ownerAccount(folder: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = await stat(folder);
  if (uid === 0) return undefined;
  return (await lookUp(String(uid))) ?? { uid, gid, name: String(uid), home: '/' };
}

/** Whose the app in a folder is, when Radiant is root: that of its workers, or of the folder. */
export const appAccount = async (
  folder: string,
  config: { user?: string; group?: string },
): Promise<Account | undefined> => (await workerAccount(config)) ?? ownerAccount(folder);

/** The environment that tells a program that it runs as someone else. */
export function accountEnvironment(account: Account): NodeJS.ProcessEnv {
  return { HOME: account.home, USER: account.name, LOGNAME: account.name };
}

/** Asks the system's own database, LDAP and the like included, where there is `getent`; else `id`. */
async function lookUp(user: string): Promise<Account | undefined> {
  const { code, stdout } = await runCommand('getent', ['passwd', '--', user]);
  const [name, , uid, gid, , home] = stdout.trim().split(':');
  if (code === 0 && name && home) return { name, uid: Number(uid), gid: Number(gid), home };
  const [ids, groups] = [await runCommand('id', ['-u', user]), await runCommand('id', ['-g', user])];
  if (ids.code !== 0 || groups.code !== 0) return undefined;
  return { name: user, uid: Number(ids.stdout), gid: Number(groups.stdout), home: `/Users/${user}` };
}

/** Its number, where it has no name. */
export async function groupName(gid: number): Promise<string> {
  const { code, stdout } = await runCommand('getent', ['group', '--', String(gid)]);
  return code === 0 ? stdout.split(':')[0]! : String(gid);
}

export async function groupNumber(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  const { code, stdout } = await runCommand('getent', ['group', '--', group]);
  if (code === 0) return Number(stdout.split(':')[2]);
  const remedy = 'Create it (`groupadd --system NAME`), or correct `group`.';
  throw new RadiantError('CONFIG', `There is no group "${group}" on this machine`, remedy);
}
