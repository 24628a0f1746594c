import { join } from 'node:path';
import { RadiantError } from '../../common/errors.ts';
import { runCommand } from '../../node/command.ts';
import { ownerAccount } from '../account/account.ts';
import { nearestPackage } from '../source/files.ts';
import { readJsonObject } from '../source/star.ts';
import type { Progress } from '../../node/progress.ts';

/**
 * Makes sure that Node takes a bundle's main.js for CommonJS: below a folder whose package.json says
 * `"type": "module"`, a `{}` is put beside it, and said so; nothing is written elsewhere. Errors: APP_NOT_FOUND.
 */
export async function ensureCommonJs(folder: string, progress: Progress): Promise<void> {
  const ruling = await nearestPackage(folder);
  if (ruling === undefined || (await readJsonObject(ruling)).type !== 'module') return;
  const own = join(folder, 'package.json');
  const remedy = `Put a package.json with {} beside ${join(folder, 'main.js')}, or move the bundle.`;
  const problem = `${ruling} says "type": "module", and main.js of the bundle is CommonJS`;
  if (ruling === own) throw new RadiantError('APP_NOT_FOUND', problem, 'Remove "type" there.');
  // Written by the folder's owner: root does not write where another user could have put a link.
  const result = await runCommand('sh', ['-c', 'set -C; echo "{}" > package.json'], {
    cwd: folder,
    as: await ownerAccount(folder),
  });
  if (result.code !== 0) throw new RadiantError('APP_NOT_FOUND', problem, remedy);
  progress.step(`Wrote ${own} ({}), because ${problem}`);
}
