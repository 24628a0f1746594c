import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { CertificateChoice, type NamedPair } from './certificate-choice.ts';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export(pem) as string;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem) as string;

const pair = (cert: string, key: string, ...names: string[]): NamedPair => ({ cert, key, names });

const choose = (...pairs: NamedPair[]): CertificateChoice<string> =>
  new CertificateChoice(pairs, { contextOf: ({ cert }) => cert, createPrivateKey });

test('an exact name comes before a wildcard, which stands for one label, and earlier pairs before later ones', () => {
  const choice = choose(
    pair('wild', ec, '*.shop.test', '*.test'),
    pair('exact', ec, 'shop.test', 'www.shop.test'),
    pair('late', ec, 'shop.test', 'x.test'),
  );
  assert.equal(choice.find('shop.test'), 'exact');
  assert.equal(choice.find('WWW.Shop.test'), 'exact');
  assert.equal(choice.find('x.test'), 'late');
  for (const name of ['my.shop.test', 'y.test', 'a.my.shop.test', 'localhost', '']) {
    assert.equal(choice.find(name), undefined, `${name}: the first one`);
  }
});

test('the names of the first pair are its own, whatever a later wildcard says', () => {
  const choice = choose(pair('own', ec, 'shop.test'), pair('wild', ec, '*.test'));
  assert.equal(choice.find('shop.test'), undefined);
  assert.equal(choice.find('x.test'), 'wild');
});

test('pairs for the names of the first one serve with it, one for each kind of key', () => {
  const { first } = choose(
    pair('r', rsa, 'shop.test', 'www.shop.test'),
    pair('e', ec, 'www.shop.test', 'shop.test'),
    pair('again', ec, 'shop.test', 'www.shop.test'),
    pair('other', ec, 'shop.test'),
  );
  assert.deepEqual(first, { cert: ['r', 'e'], key: [rsa, ec] });
});
