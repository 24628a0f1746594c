import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { replaceFile } from '../disk/replace-file.ts';
import type { StaticFile, StaticVariant } from '../protocol/static-index.ts';

/** Below this a compressed file saves no packet. */
const compressFrom = 1024;
/** Larger ones are not read into memory: nobody waits for them to be compressed. */
const compressUpTo = 64 * 1024 * 1024;
/** A variant must save at least so much of a file. */
const worthwhile = 0.95;

/**
 * Measured: quality 11 takes 1.3 to 1.8 s for each megabyte of JavaScript and saves a tenth of what 9 leaves, which
 * takes 0.1 s. The example's bundle (200 KB) is ready in 0.36 s.
 */
const bestUpTo = 2 * 1024 * 1024;
const qualityOf = (bytes: number): number => (bytes <= bestUpTo ? 11 : 9);

const compressible =
  /^(text\/|font\/(ttf|otf)|application\/(javascript|json|xml|wasm|manifest\+json|vnd\.ms-fontobject|rtf|x-ndjson)|image\/(bmp|x-icon|vnd\.microsoft\.icon)|[^;]*\+(json|xml))/;

/** Whether a file of this type and size is worth the try. */
export const canShrink = (contentType: string, size: number): boolean =>
  size >= compressFrom && size <= compressUpTo && compressible.test(contentType);

const encoders = {
  br: (content: Buffer) =>
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: qualityOf(content.length),
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  gzip: (content: Buffer) => promisify(gzip)(content, { level: 9 }),
};
const suffixes = { br: 'br', gzip: 'gz' } as const;

type Variants = Pick<StaticFile, 'br' | 'gzip'>;

/** Puts the variants of a content into the store, where they are not there yet. They are named by their content. */
export async function compressInto(store: string, sha256: string, content: Buffer): Promise<Variants> {
  const variant = async (coding: 'br' | 'gzip'): Promise<StaticVariant | undefined> => {
    const path = join(store, `${sha256}.${suffixes[coding]}`);
    const before = await stat(path).catch(() => undefined);
    const size = before?.size ?? (await write(path, await encoders[coding](content)));
    return size <= content.length * worthwhile ? { path, size } : undefined;
  };
  const [br, compressed] = await Promise.all([variant('br'), variant('gzip')]);
  return { ...(br && { br }), ...(compressed && { gzip: compressed }) };
}

/** Whole or not at all, and readable by workers of any user. */
async function write(path: string, content: Buffer): Promise<number> {
  await writeWhole(path, content);
  return content.length;
}

/** Writes a file that others read, so that they never see a part of it. */
export function writeWhole(path: string, content: Buffer | string): Promise<void> {
  return replaceFile(path, 0o644, (file) => file.writeFile(content));
}
