import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

/** The nearest package.json in a folder or above it, as Node looks for it. */
export async function nearestPackage(folder: string): Promise<string | undefined> {
  const file = join(folder, 'package.json');
  if (await isFile(file)) return file;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestPackage(parent);
}
