import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { makeCertificate, makeChain } from '../../test/support/certificates.ts';
import { testFolder } from '../../test/support/tiny-apps.ts';
import { readPair } from './pair.ts';

interface Written {
  cert: string;
  key: string;
}

/** Reads what these texts make as files. */
async function reading(t: TestContext): Promise<(texts: Written) => ReturnType<typeof readPair>> {
  const folder = await testFolder(t);
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  return ({ cert, key }) => {
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    return readPair(files);
  };
}

const texts = ({ cert, key }: Written): Written => ({
  cert: readFileSync(cert, 'utf8'),
  key: readFileSync(key, 'utf8'),
});

const dos = (text: string): string => text.replaceAll('\n', '\r\n');

test('a pair is read as other programs write it', async (t) => {
  const read = await reading(t);
  const { cert, key } = texts(
    makeCertificate(await testFolder(t), 'shop', 'shop.test', '*.shop.test', '10.0.0.1'),
  );
  assert.deepEqual(read({ cert, key }).names, ['shop.test', '*.shop.test', '10.0.0.1']);
  const sec1 = createPrivateKey(key).export({ type: 'sec1', format: 'pem' }) as string;
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const bag = 'Bag Attributes\n    friendlyName: shop\nKey Attributes: <No Attributes>\n';
  for (const each of [
    { cert: dos(cert), key: dos(key) },
    { cert: bag + cert, key: bag + key },
    { cert: `\uFEFF${cert}`, key: parameters + sec1 },
    { cert: key + cert, key: cert + key },
  ]) {
    assert.equal(read(each).names[0], 'shop.test');
  }
});

test('a pair that cannot serve says why', async (t) => {
  const read = await reading(t);
  const folder = await testFolder(t);
  const { cert, key } = texts(makeChain(folder, 'shop', 'shop.test'));
  const other = texts(makeCertificate(folder, 'other', 'shop.test'));
  const [own, between] = cert.split(/(?<=-----END CERTIFICATE-----\n)/);
  const encrypted = createPrivateKey(key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  }) as string;
  const cases: [Partial<Written>, RegExp][] = [
    [{ key: other.key }, /the key is not that of the certificate/],
    [{ key: encrypted }, /the key is encrypted/],
    [{ cert: between! + own! }, /the certificate of the key must be the first in its file/],
    [{ key: '' }, /key\.pem holds no private key/],
    [{ cert: '' }, /cert\.pem holds no certificate/],
    [{ cert: key, key: cert }, /cert\.pem holds no certificate/],
    [{ key: key.slice(0, 100) }, /key\.pem holds no private key in PEM, or only a part of it/],
    [{ cert: cert.slice(0, -100) }, /one of them is damaged/],
  ];
  for (const [changed, reason] of cases) {
    assert.throws(() => read({ cert, key, ...changed }), { code: 'CERTIFICATE', message: reason });
  }
});
