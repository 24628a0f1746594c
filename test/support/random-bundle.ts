import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { Random } from './random.ts';

const names = [
  'a',
  'lib',
  'node_modules',
  '.bin',
  'x y',
  '-n',
  'ü',
  'index.js',
  'binding.node',
  'package.json',
];
const modes = [0o644, 0o644, 0o755, 0o444, 0o600, 0o664, 0o555];
const places = ['programs/server/npm', 'programs/server/npm', 'programs/server', 'programs/web.browser'];

const pathIn = (random: Random): string =>
  posix.join(random.pick(places), ...random.several(1, 4, () => random.pick(names)));

/** Writes a bundle of any shape over what is there: what `meteor build` leaves, and much that it does not. */
export function writeRandomBundle(out: string, random: Random): void {
  for (const name of ['main.js', 'star.json']) write(join(out, name), name === 'main.js' ? '' : '{}', 0o444);
  mkdirSync(join(out, 'programs/server/npm'), { recursive: true });
  for (let i = random.int(10, 40); i > 0; i -= 1) writeOne(out, random);
  const rebuilt = random.several(0, 2, () =>
    posix.join('npm', random.pick(names), random.pick(['', ...names])),
  );
  const text = random.percent(90) ? JSON.stringify(rebuilt) : random.pick(['{}', 'no JSON', '["npm/../.."]']);
  if (random.percent(80)) write(join(out, 'programs/server/npm-rebuilds.json'), text, 0o444);
}

function writeOne(out: string, random: Random): void {
  const path = pathIn(random);
  const file = join(out, path);
  try {
    if (random.percent(10)) mkdirSync(file, { recursive: true });
    else if (random.percent(15)) {
      const target = posix.relative(posix.dirname(path), pathIn(random));
      rmSync(file, { force: true });
      mkdirSync(dirname(file), { recursive: true });
      symlinkSync(target, file);
    } else {
      const text = random.pick([
        '',
        'same',
        random.bytes(1, 200),
        `${random.next()}`.repeat(random.percent(3) ? 80_000 : 3),
      ]);
      write(file, Buffer.from(text, 'latin1'), random.pick(modes));
    }
  } catch {
    // A folder is where a file should be, or the other way round.
  }
}

function write(file: string, content: string | Buffer, mode: number): void {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}
