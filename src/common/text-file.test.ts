import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { readTextFile, readTextFileSync, textOf, withoutMark } from './text-file.ts';

test('a byte order mark is no part of a text, and says how it is written', async () => {
  const text = '{"a":"ä\uFEFF"}\r\n';
  const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
  const file = join(temporaryFolder('radiant-text-'), 'file');
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\uFEFF${text}`),
    little,
    Buffer.from(little).swap16(),
  ]) {
    assert.equal(textOf(bytes), text);
    writeFileSync(file, bytes);
    assert.equal(readTextFileSync(file), text);
    // oxlint-disable-next-line no-await-in-loop -- the same file each time
    assert.equal(await readTextFile(file), text);
  }
  assert.equal(textOf(Buffer.alloc(0)), '');
  assert.equal(textOf(Buffer.from([0xff])), '\uFFFD');
  assert.equal(withoutMark(`\uFEFF${text}`), text);
});
