import { renameSync, rmSync, symlinkSync } from 'node:fs';

/** Leads a symbolic link to another target in one step: who follows it at any moment gets the old one or the new. */
export function swapLink(path: string, target: string): void {
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  symlinkSync(target, draft);
  renameSync(draft, path);
}
