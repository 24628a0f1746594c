import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { meteorApp, type MakeApp } from './apps.ts';

/** So many files, so large, are far more than a worker's cache of 16 MB holds. */
const diskFiles = 2_000;
const diskBytes = 55_000;

interface Manifest {
  manifest: {
    path: string;
    url: string;
    where: string;
    type: string;
    hash: string;
    cacheable: boolean;
    size: number;
  }[];
}

/** The Meteor example; `files` is its client bundle, compressed beforehand for nginx. */
export const bundleApp =
  (coding: 'gzip' | 'br'): MakeApp =>
  async (lab) => {
    const app = await meteorApp(lab);
    const program = join(app.cwd, 'programs/web.browser');
    const { manifest } = JSON.parse(await readFile(join(program, 'program.json'), 'utf8')) as Manifest;
    const script = manifest.find(({ type }) => type === 'js')!;
    const content = await readFile(join(program, script.path));
    const folder = await lab.folder();
    const [path] = script.url.split('?', 1) as [string];
    if (coding === 'br') await writeFile(join(folder, path), brotliCompressSync(content));
    else {
      await writeFile(join(folder, path), content);
      await writeFile(join(folder, `${path}.gz`), gzipSync(content, { level: 9 }));
    }
    return { ...app, files: { folder, coding, paths: [path] } };
  };

/** The Meteor example with many files more, as large as its compressed bundle, that no compression makes smaller. */
export const manyFilesApp: MakeApp = async (lab) => {
  const app = await meteorApp(lab);
  const program = join(app.cwd, 'programs/web.browser');
  const file = join(program, 'program.json');
  const { manifest, ...rest } = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  await mkdir(join(program, 'many'));
  const paths: string[] = [];
  for (let i = 0; i < diskFiles; i += 1) {
    const content = randomBytes(diskBytes);
    const hash = createHash('sha1').update(content).digest('hex');
    const path = `many/${hash}.bin`;
    await writeFile(join(program, path), content);
    manifest.push({
      path,
      url: `/${path}`,
      where: 'client',
      type: 'asset',
      hash,
      cacheable: true,
      size: diskBytes,
    });
    paths.push(`/${path}`);
  }
  await writeFile(file, JSON.stringify({ ...rest, manifest }));
  return { ...app, files: { folder: program, coding: 'identity', paths } };
};
