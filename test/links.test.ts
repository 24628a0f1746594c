import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const pages = globSync(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/*.md'], {
  cwd: root,
});

/** What is no code: nothing in there is a link or a heading. */
const prose = (file: string): string =>
  readFileSync(file, 'utf8')
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(file: string): Set<string> {
  const headings = [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, text]) => text!);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

/** Why a link leads nowhere; undefined if it does not. */
function broken(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path, anchor] = link.split('#');
  const file = path === '' ? page : resolve(dirname(page), path!);
  if (!existsSync(file)) return `${relative(root, file)} is not there`;
  if (anchor === undefined || anchorsOf(file).has(anchor)) return undefined;
  return `${relative(root, file)} has no heading for #${anchor}`;
}

for (const page of pages) {
  test(`every link of ${page} leads somewhere`, () => {
    const file = join(root, page);
    const links = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    assert.deepEqual(
      links.flatMap((link) => broken(file, link) ?? []),
      [],
    );
  });
}

test('every file that a page names is there', () => {
  const named = [...pages, ...globSync('src/**/*.md', { cwd: root })].flatMap((page) => {
    // What is typed at a shell may name files of an app.
    const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```$/gms, '');
    return Array.from(
      text.matchAll(/`((?:src|test|bench|scripts|docs|examples|bin)\/[\w./-]+)`/g),
      ([, path]) => `${page}: ${path}`,
    );
  });
  assert.ok(named.length > 100, `${named.length} were found`);
  assert.deepEqual(
    named.filter((each) => !existsSync(join(root, each.split(': ')[1]!))),
    [],
  );
});

test('the README leads to every page', () => {
  const text = prose(join(root, 'README.md'));
  const missing = pages.filter((page) => page !== 'README.md' && !text.includes(`](${page}`));
  assert.deepEqual(missing, []);
});
