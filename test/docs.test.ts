import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorsPage, referencePage } from '../scripts/docs.ts';
import { metricsPage } from '../scripts/metrics-page.ts';

const docs = join(import.meta.dirname, '..', 'docs');
const read = (name: string): string => readFileSync(join(docs, name), 'utf8');

test('docs/errors.md is what the table of errors says (else: node scripts/docs.ts)', () => {
  assert.equal(read('errors.md'), errorsPage());
});

test('docs/metrics.md is what the table of metrics says (else: node scripts/docs.ts)', () => {
  assert.equal(read('metrics.md'), metricsPage());
});

test('docs/reference.md is what the tables of options and operations say (else: node scripts/docs.ts)', () => {
  assert.equal(read('reference.md'), referencePage());
});
