import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../src', import.meta.url));

export interface Import {
  file: string;
  /** Rooms. */
  from: string;
  to: string;
}

/** Each folder is a room, whatever it lies in; a file directly in `src` is one by itself. */
function roomOf(file: string): string {
  const folder = dirname(file);
  return folder === '.' ? file : folder;
}

/** All that files in `src` import from other rooms, types too, at once or later. */
export function imports(): Import[] {
  return globSync('**/*.{ts,tsx}', { cwd: root })
    .filter((file) => !/\.test\.tsx?$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return Array.from(text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g), ([, path]) => ({
        file,
        from: roomOf(file),
        to: roomOf(relative(root, join(root, dirname(file), path!))),
      }));
    })
    .filter(({ from, to }) => from !== to && !to.startsWith('..'));
}
