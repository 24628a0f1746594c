import type { Identity } from '../../node/command.ts';

/**
 * Does `work` with the rights of another account, where root does it for one: in folders that this account may change
 * meanwhile, nothing leads further than it could go itself. All of the process has these rights until then, so nothing
 * else may go on beside it.
 */
export async function asAccount<T>(account: Identity | undefined, work: () => Promise<T>): Promise<T> {
  if (account === undefined || process.geteuid!() !== 0) return work();
  const [gid, groups] = [process.getegid!(), process.getgroups!()];
  process.setgroups!([account.gid]);
  process.setegid!(account.gid);
  process.seteuid!(account.uid);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
    process.setegid!(gid);
    process.setgroups!(groups);
  }
}
