import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { Random } from './random.ts';

/** How large a bundle is made; as a whole, and what `npm install` has to unpack in it. */
export interface BundleSize {
  /** All files, and those of them below `programs/server/npm`. */
  files: number;
  npmFiles: number;
  bytes: number;
  /** Packages that npm installs, each of so many files. */
  packages: number;
  packageFiles: number;
}

/** Those of a bundle that `meteor build` has made of a real app. */
export const realSize: BundleSize = {
  files: 15_486,
  npmFiles: 15_351,
  bytes: 130e6,
  packages: 60,
  packageFiles: 30,
};

const words =
  'function return const require exports module length prototype value undefined callback error'.split(' ');

/** Text that shrinks as programs do; files are pieces of it. */
function textOf(random: Random, bytes: number): Buffer {
  const text: string[] = [];
  for (let length = 0; length < bytes;) {
    const word = random.percent(70) ? random.pick(words) : random.text('abcdefghijklmnop0123456789', 2, 9);
    length += word.length + 1;
    text.push(word, random.pick([' ', ' ', '.', '(', ');\n']));
  }
  return Buffer.from(text.join('')).subarray(0, bytes);
}

/** Writes files and the folders that they are in. */
class Writer {
  readonly #folders = new Set<string>();
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  write(path: string, content: string | Buffer, mode = 0o644): void {
    const file = join(this.#root, path);
    const folder = dirname(file);
    if (!this.#folders.has(folder)) mkdirSync(folder, { recursive: true });
    this.#folders.add(folder);
    writeFileSync(file, content, { mode });
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.#root, path)), { recursive: true });
    symlinkSync(target, join(this.#root, path));
  }
}

/**
 * Writes a bundle of the shape and size of one of `meteor build --directory`: the same for the same seed, but for the
 * `release` that its server and its client name. It needs no registry: what npm installs comes as archives with it.
 */
export async function writeLargeBundle(
  out: string,
  size: BundleSize,
  { seed, release, node = process.versions.node }: { seed: string; release: string; node?: string },
): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  const random = new Random(seed);
  const writer = new Writer(out);
  const text = textOf(random, 4e6);
  const piece = (bytes: number): Buffer => {
    const from = random.int(0, text.length - 1);
    return text.subarray(from, from + bytes);
  };
  writeNpm(writer, random, piece, size);
  const others = writeProgram(writer, release, node);
  await writePackages(out, piece, size);
  for (let i = others + size.packages; i < size.files - size.npmFiles; i += 1) {
    writer.write(`programs/server/packages/package-${i}.js`, piece(20_000), 0o444);
  }
}

/** One of its packages is rebuilt where it runs. */
function writeNpm(writer: Writer, random: Random, piece: (bytes: number) => Buffer, size: BundleSize): void {
  const npm = 'programs/server/npm/node_modules';
  const native = `${npm}/native/node_modules/addon`;
  writer.write(`${npm}/native/package.json`, '{"name":"native","version":"1.0.0"}');
  writer.write(
    `${native}/package.json`,
    JSON.stringify({ name: 'addon', version: '1.0.0', scripts: { install: 'node build.js' } }),
  );
  writer.write(
    `${native}/build.js`,
    `const fs = require('fs');\nfs.mkdirSync('build', { recursive: true });\nfs.writeFileSync('build/addon.node', process.version);\n`,
  );
  const mean = size.bytes / size.npmFiles;
  for (let i = 3, pack = 0; i < size.npmFiles; pack += 1) {
    const name = random.percent(15) ? `meteor/package-${pack}/node_modules/inner-${pack}` : `package-${pack}`;
    writer.write(
      `${npm}/${name}/package.json`,
      JSON.stringify({ name: `package-${pack}`, version: '1.0.0' }),
    );
    i += 1;
    const folders = [
      '',
      ...random.several(0, 4, () => random.pick(['lib/', 'dist/', 'dist/esm/', 'src/deep/er/'])),
    ];
    for (let file = random.int(1, 60); file > 0 && i < size.npmFiles; file -= 1, i += 1) {
      const folder = random.pick(folders);
      const bytes = Math.floor(mean * (random.percent(90) ? random.next() : 11 * random.next()));
      writer.write(
        `${npm}/${name}/${folder}file-${file}.js`,
        piece(bytes),
        random.percent(3) ? 0o755 : 0o644,
      );
    }
    if (random.percent(10)) writer.link(`${npm}/.bin/package-${pack}`, `../${name}/package.json`);
  }
}

/** Returns how many files it has written. */
function writeProgram(writer: Writer, release: string, node: string): number {
  const server = 'programs/server';
  const files: Record<string, string> = {
    'main.js': `process.chdir(__dirname + '/${server}');\nrequire('./${server}/boot.js');\n`,
    'star.json': JSON.stringify({
      format: 'site-archive-pre1',
      meteorRelease: 'METEOR@3.0.4',
      nodeVersion: node,
      npmVersion: '10.8.2',
    }),
    [`${server}/boot.js`]: `const release = ${JSON.stringify(release)};
require('http').createServer((request, response) => response.end(release)).listen(process.env.PORT);\n`,
    [`${server}/program.json`]: JSON.stringify({ format: 'javascript-image-pre1', load: [] }),
    [`${server}/npm-rebuilds.json`]: JSON.stringify(['npm/node_modules/native']),
    [`${server}/npm-rebuild.js`]: `const { spawnSync } = require('child_process');
for (const folder of require('./npm-rebuilds.json')) {
  const { status } = spawnSync('npm', ['rebuild'], { cwd: require('path').join(__dirname, folder), stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}\n`,
    'programs/web.browser/app.js': `console.log(${JSON.stringify(release)});\n`,
    'programs/web.browser/program.json': JSON.stringify({ format: 'web-program-pre1', manifest: [] }),
  };
  for (const [path, content] of Object.entries(files)) writer.write(path, content, 0o444);
  return Object.keys(files).length + 1; // package.json comes with the packages
}

async function writePackages(out: string, piece: (bytes: number) => Buffer, size: BundleSize): Promise<void> {
  const dependencies: Record<string, string> = {};
  const draft = join(out, 'draft');
  const server = join(out, 'programs', 'server');
  for (let i = 0; i < size.packages; i += 1) {
    const name = `dependency-${i}`;
    const writer = new Writer(draft);
    writer.write('package/package.json', JSON.stringify({ name, version: '1.0.0' }));
    for (let file = 1; file < size.packageFiles; file += 1)
      writer.write(`package/lib/file-${file}.js`, piece(2_000));
    // oxlint-disable-next-line no-await-in-loop -- one folder for all of them
    await create(
      { file: join(server, `${name}.tgz`), cwd: draft, gzip: true, portable: true, noMtime: true },
      ['package'],
    );
    rmSync(draft, { recursive: true });
    dependencies[name] = `file:${name}.tgz`;
  }
  const content = {
    name: 'server',
    version: '1.0.0',
    dependencies,
    scripts: { install: 'node npm-rebuild.js' },
  };
  writeFileSync(join(server, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}
