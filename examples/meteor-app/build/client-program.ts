import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { filler } from './filler.ts';

const sources = join(import.meta.dirname, '..', 'client');

export const architectures = ['web.browser', 'web.browser.legacy', 'web.cordova'] as const;
export type Architecture = (typeof architectures)[number];

interface ClientFile {
  /** Name in the manifest and on disk; `#` stands for the file's own hash. */
  path: string;
  type: 'js' | 'css' | 'asset' | 'dynamic js' | 'body';
  content: string;
  /** Without one the file is internal: for the server, not for browsers. `#` as above. */
  url?: string;
  cacheable?: boolean;
}

/** A release of the app: its label, and how large its client bundles are at least, in bytes. */
export interface Release {
  release: string;
  bundleSize: number;
}

/** Writes one client program (program.json and its files) of a release into `folder`. */
export async function writeClientProgram(
  folder: string,
  arch: Architecture,
  version: Release,
): Promise<void> {
  const manifest = [];
  for (const file of await clientFiles(arch, version)) {
    const hash = createHash('sha1').update(file.content).digest('hex');
    const path = file.path.replace('#', hash);
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), file.content);
    manifest.push({
      path,
      where: file.url === undefined ? 'internal' : 'client',
      type: file.type,
      cacheable: file.cacheable ?? false,
      ...(file.url === undefined ? {} : { url: file.url.replace('#', hash) }),
      size: Buffer.byteLength(file.content),
      hash,
    });
  }
  const program = { format: 'web-program-pre1', manifest };
  await writeFile(join(folder, 'program.json'), `${JSON.stringify(program, null, 2)}\n`);
}

async function clientFiles(arch: Architecture, version: Release): Promise<ClientFile[]> {
  const { release } = version;
  const source = async (name: string) =>
    (await readFile(join(sources, name), 'utf8')).replaceAll('__RELEASE__', release);
  const asset = async (name: string): Promise<ClientFile> => ({
    path: `app/${name}`,
    type: 'asset',
    content: await source(name),
    url: `/${name}`,
  });
  return [
    {
      path: '#.js',
      type: 'js',
      content: await script(arch, version),
      url: '/#.js?meteor_js_resource=true',
      cacheable: true,
    },
    {
      path: '#.css',
      type: 'css',
      content: `/* release ${release} */\n${await source('style.css')}`,
      url: '/#.css?meteor_css_resource=true',
      cacheable: true,
    },
    {
      path: 'dynamic/late.js',
      type: 'dynamic js',
      content: await source('late.js'),
      url: '/dynamic/late.js',
    },
    await asset('radiant.svg'),
    await asset('robots.txt'),
    { path: 'body.html', type: 'body', content: await source('body.html') },
  ];
}

/** The client bundle: SockJS, the page's code, and filler up to the size that is asked for. */
async function script(arch: Architecture, { release, bundleSize }: Release): Promise<string> {
  // The smallest bundles are for tests, which open only those of today's browsers: the others go without its 57 KB.
  const whole = bundleSize > 0 || arch === 'web.browser';
  const parts = [
    `/* ${arch}, release ${release} */\nwindow.__example_release__ = ${JSON.stringify(release)};\n`,
    whole ? await sockjs() : '',
    await readFile(join(sources, 'ddp.js'), 'utf8'),
    await readFile(join(sources, 'app.js'), 'utf8'),
  ];
  const code = parts.join('\n');
  return code + filler(bundleSize - code.length);
}

async function sockjs(): Promise<string> {
  const path = createRequire(import.meta.url).resolve('sockjs-client/dist/sockjs.min.js');
  return (await readFile(path, 'utf8')).replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
}
