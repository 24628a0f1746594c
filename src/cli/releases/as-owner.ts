import { accountEnvironment, ownerAccount } from '../../bundle/account/account.ts';

/** What Node's types leave out: https://nodejs.org/api/process.html#processinitgroupsuser-extragroup */
interface Groups {
  initgroups(user: string, extraGroup: number): void;
}

/**
 * Root goes on as the user whose app it is, such as that of a unit of systemd: what root made in that user's folders, the
 * app's supervisor could neither read nor remove. Anybody else, and root with an app of its own, stays who he is.
 */
export async function becomeOwner(folder: string): Promise<void> {
  const account = await ownerAccount(folder);
  if (account === undefined) return;
  const { uid, gid, name } = account;
  // A user who is known by number only has no other groups.
  if (name === String(uid)) process.setgroups!([gid]);
  else (process as unknown as Groups).initgroups(name, gid);
  process.setgid!(gid);
  process.setuid!(uid);
  Object.assign(process.env, accountEnvironment(account));
}
