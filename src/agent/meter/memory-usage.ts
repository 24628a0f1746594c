let latest: NodeJS.MemoryUsage = { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };

/**
 * What this process uses. Node reads a file for it, which fails where no descriptor is left: then what was true before
 * is said again, since an error would end the app.
 */
export function memoryUsage(): NodeJS.MemoryUsage {
  try {
    latest = process.memoryUsage();
  } catch {
    // Until clients have gone.
  }
  return latest;
}
