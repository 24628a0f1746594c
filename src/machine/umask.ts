/** Others may read and enter what is made, and not write. */
const passable = 0o022;

/**
 * Lets workers of another account enter the folders that this process and its children make, whatever the umask was; secrets have
 * modes of their own. Gives the umask of before, which is the workers' own; undefined where there is no such account.
 */
export function openUmask({ user }: { readonly user?: string | undefined }): number | undefined {
  return user === undefined ? undefined : process.umask(process.umask() & passable);
}
