import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of the packages among the files that a build was made of. */
function packagesIn(inputs: Iterable<string>): string[] {
  const folders = [...inputs].flatMap(
    (file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  return [...new Set(folders)].toSorted();
}

function licenseOf(folder: string): string {
  const { name, version, license, author } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as {
    name: string;
    version: string;
    license: string;
    author?: string | { name: string };
  };
  const [file] = globSync('{LICENSE,LICENCE,License,license}*', { cwd: folder }).toSorted();
  const by = typeof author === 'object' ? author.name : author;
  const text =
    file === undefined
      ? `License: ${license}. By ${by ?? 'its authors'}.`
      : readFileSync(join(folder, file), 'utf8').trim();
  return `${name} ${version}\n\n${text}`;
}

/** What the licenses of all packages say whose code is in a build. */
export function licenses(inputs: Iterable<string>): string {
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  const heading = 'The files of this folder hold parts of these packages.';
  return `${[heading, ...packagesIn(inputs).map(licenseOf)].join(rule)}\n`;
}
