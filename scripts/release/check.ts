// Ends with 1 when the tree is not the release that its tag names: node scripts/release/check.ts v1.2.0
import { readFileSync } from 'node:fs';
import { releaseProblems } from './release.ts';

const [tag = ''] = process.argv.slice(2);
const versionIn = (file: string): string =>
  (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
const problems = releaseProblems(tag, {
  changelog: readFileSync('CHANGELOG.md', 'utf8'),
  version: versionIn('package.json'),
  lockedVersion: versionIn('package-lock.json'),
});
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
