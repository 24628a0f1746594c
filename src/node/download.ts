import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Milliseconds without a single byte after which a download is given up. */
const stallTimeout = 30_000;

/** What was fetched is not what the registry describes. */
export class IntegrityError extends Error {
  override readonly name = 'IntegrityError';
}

export interface Source {
  tarball: string;
  /** A Subresource Integrity value: "sha512-…" in base64; several may be given, the strongest counts. */
  integrity: string;
}

/**
 * Streams an address into a file and checks it. `transfer` is told the bytes done and expected (0: unknown).
 * Errors: IntegrityError; anything else means that the address could not be read.
 */
export async function download(
  source: Source,
  file: string,
  transfer: (done: number, total: number) => void,
): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error('the download stalled')), stallTimeout);
  try {
    const response = await fetch(source.tarball, { signal: stalled.signal });
    if (!response.ok || !response.body) throw new Error(`the registry answered ${response.status}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    const check = integrityCheck(source.integrity);
    let done = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        timer.refresh();
        check.hash.update(chunk);
        transfer((done += chunk.length), total);
        next(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), count, createWriteStream(file));
    check.compare();
  } finally {
    clearTimeout(timer);
  }
}

/** Errors: IntegrityError. */
export async function verifyFile(file: string, integrity: string): Promise<void> {
  const check = integrityCheck(integrity);
  await pipeline(createReadStream(file), async (chunks) => {
    for await (const chunk of chunks) check.hash.update(chunk);
  });
  check.compare();
}

function integrityCheck(integrity: string): { hash: Hash; compare(): void } {
  const values = integrity.trim().split(/\s+/);
  const strongest = ['sha512', 'sha384', 'sha256', 'sha1'].flatMap((name) =>
    values.filter((value) => value.startsWith(`${name}-`)),
  )[0];
  if (strongest === undefined) throw new IntegrityError(`cannot check the integrity value "${integrity}"`);
  const [algorithm = '', expected = ''] = strongest.split(/-(.*)/s);
  const hash = createHash(algorithm);
  const compare = () => {
    const got = hash.digest('base64');
    if (got === expected.split('?')[0]) return;
    throw new IntegrityError(`the integrity check failed: expected ${strongest}, got ${algorithm}-${got}`);
  };
  return { hash, compare };
}
