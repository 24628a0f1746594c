import { tell } from '../runtime/tell.ts';

/** The first releases of their lines that are mended; from 22 on all are. */
const mended: Record<number, readonly [minor: number, patch: number]> = {
  18: [20, 1],
  20: [12, 1],
  21: [7, 2],
};

/**
 * False for a Node whose process ends when a client of HTTP/2 leaves in the middle of a head (CVE-2024-27983): nothing
 * that runs in it can keep it from that.
 */
export function bearsHttp2(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major >= 22) return true;
  const since = mended[major];
  return since !== undefined && (minor > since[0] || (minor === since[0] && patch >= since[1]));
}

const lackOfHttp2 =
  `a client of HTTP/2 could end Node ${process.versions.node} (CVE-2024-27983): it speaks HTTP/1.1 alone. ` +
  'Run the app on Node 18.20.1, 20.12.1 or newer for HTTP/2.';

/** Whether this process speaks it, since that is wanted; if not, its output says why. */
export function speaksHttp2(): boolean {
  const bears = bearsHttp2(process.versions.node);
  if (!bears) tell(lackOfHttp2);
  return bears;
}
