import { parseVersion } from '../../common/version-parts.ts';

export const isTypeScript = (entry: string): boolean => /\.(?:[cm]?ts|tsx|jsx)$/.test(entry);

/** What NODE_OPTIONS preload may well be a loader, such as tsx, ts-node or the app's own: Node itself says if it is none. */
const preloads = /(?:^|[\s"])(?:-r|--require|--import|--loader|--experimental-loader)[\s=]/;

/**
 * Whether Node starts a TypeScript file: it strips types from 22.18 and 23.6 on, and before that where it is asked to
 * (https://nodejs.org/api/typescript.html); or NODE_OPTIONS bring a loader, which JSX needs in any case.
 */
export function runsTypeScript(entry: string, nodeVersion: string, nodeOptions = ''): boolean {
  if (preloads.test(nodeOptions)) return true;
  if (entry.endsWith('x') || /--no-(?:experimental-)?strip-types/.test(nodeOptions)) return false;
  const [major, minor] = parseVersion(nodeVersion) ?? [0, 0];
  const asked = /--experimental-(?:strip|transform)-types/.test(nodeOptions);
  if (major === 22) return minor >= (asked ? 6 : 18);
  if (major === 23) return minor >= (asked ? 0 : 6);
  return major > 23;
}
