// Prints what the changelog says of a release: node scripts/release/notes.ts v1.2.0
import { readFileSync } from 'node:fs';
import { releaseNotes } from './release.ts';

const [tag = ''] = process.argv.slice(2);
console.log(releaseNotes(tag, readFileSync('CHANGELOG.md', 'utf8')));
