import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { makeCertificate } from '../../../test/support/certificates.ts';
import { testFolder } from '../../../test/support/tiny-apps.ts';
import { Certificates } from './certificates.ts';

test('who asks before anything is served hears already what is wrong with the files', async (t) => {
  const folder = await testFolder(t);
  const [shop, blog] = [
    makeCertificate(folder, 'shop', 'shop.test'),
    makeCertificate(folder, 'blog', 'blog.test'),
  ];
  await writeFile(shop.key, 'half a ke');
  const [first, second] = new Certificates([shop, blog], undefined).status;
  assert.match(first!.problem!, /shop\.key/);
  assert.deepEqual([second!.problem, second!.names], [undefined, ['blog.test']]);
});
