/** What is in the tree of a release, as far as it must agree. */
export interface Tree {
  /** The text of CHANGELOG.md. */
  changelog: string;
  /** The version in package.json. */
  version: string;
  /** That in package-lock.json. */
  lockedVersion: string;
}

const headings = /^## (.+)$/gm;

/** The sections of a changelog by their headings, dates left out: `Unreleased`, `1.2.0` (Keep a Changelog, 1.1.0). */
function sectionsOf(changelog: string): Map<string, string> {
  const found = [...changelog.matchAll(headings)];
  return new Map(
    found.map((match, i) => {
      const name = match[1]!.replace(/^\[([^\]]+)\].*|\s+-\s.*$/, '$1').trim();
      const start = match.index + match[0].length;
      return [name, changelog.slice(start, found[i + 1]?.index).trim()];
    }),
  );
}

/** Why a tag must not be published from this tree, a sentence each; none: it may. */
export function releaseProblems(tag: string, { changelog, version, lockedVersion }: Tree): string[] {
  const sections = sectionsOf(changelog);
  const problems: string[] = [];
  if (tag !== `v${version}`) problems.push(`the tag is ${tag}, and package.json says ${version}`);
  if (lockedVersion !== version)
    problems.push(`package-lock.json says ${lockedVersion}, and package.json ${version}`);
  if (!sections.get(version)) problems.push(`CHANGELOG.md has nothing below "## ${version}"`);
  if (sections.get('Unreleased')) problems.push('CHANGELOG.md has entries below "## Unreleased"');
  return problems;
}

/** What a release's page says. Throws where the changelog has nothing of it. */
export function releaseNotes(tag: string, changelog: string): string {
  const notes = sectionsOf(changelog).get(tag.replace(/^v/, ''));
  if (!notes) throw new Error(`CHANGELOG.md has nothing of ${tag}`);
  return notes;
}
