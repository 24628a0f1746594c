import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readAge,
  readBoolean,
  readDuration,
  readInteger,
  readMaxMemory,
  readMode,
  readRootUrl,
  readSize,
} from './values.ts';

test('durations are seconds unless they name a unit', () => {
  assert.equal(readDuration(10), 10_000);
  assert.equal(readDuration('1.5'), 1500);
  assert.equal(readDuration('500ms'), 500);
  assert.equal(readDuration('90s'), 90_000);
  assert.equal(readDuration('2m'), 120_000);
  assert.equal(readDuration('1h'), 3_600_000);
  assert.equal(readDuration(0), 0);
  for (const wrong of ['', 'soon', '-1', '1d', '1e3', '25h', Number.NaN, -5]) {
    assert.equal(readDuration(wrong), undefined, String(wrong));
  }
});

test('ages may be days, sizes are bytes unless they name a unit', () => {
  assert.equal(readAge('7d'), 7 * 86_400_000);
  assert.equal(readAge(90), 90_000);
  for (const wrong of ['0', '500ms', '11000d', 'old']) assert.equal(readAge(wrong), undefined, wrong);
  assert.equal(readSize('10 MB', 1), 10 * 1024 * 1024);
  assert.equal(readSize('1.5k', 1), 1536);
  assert.equal(readSize('1GiB', 1), 1024 ** 3);
  assert.equal(readSize(4096, 1), 4096);
  for (const wrong of ['1', 'MB', '10 TB', '-1', '']) assert.equal(readSize(wrong, 1024), undefined, wrong);
});

test('the most memory is a size, or a share of what there is', () => {
  assert.equal(readMaxMemory('800MB'), 800 * 1024 ** 2);
  assert.deepEqual(readMaxMemory('80%'), { share: 0.8 });
  for (const odd of ['0%', '101%', '1.5%', '-5%', '%', '63MB'])
    assert.equal(readMaxMemory(odd), undefined, odd);
});

test('integers keep their range and take no other notation', () => {
  assert.equal(readInteger('3000', 1, 65535), 3000);
  assert.equal(readInteger(65535, 1, 65535), 65535);
  for (const wrong of ['0', '65536', '3e3', '0x10', '', '-1', 1.5, Number.NaN]) {
    assert.equal(readInteger(wrong, 1, 65535), undefined, String(wrong));
  }
});

test('booleans in the environment are words', () => {
  assert.equal(readBoolean('TRUE'), true);
  assert.equal(readBoolean('0'), false);
  assert.equal(readBoolean('maybe'), undefined);
});

test('modes are octal, and 660 without quotes does not pass for 0660', () => {
  assert.equal(readMode('660'), 0o660);
  assert.equal(readMode('0660'), 0o660);
  assert.equal(readMode('0o600'), 0o600);
  assert.equal(readMode(0o660), 0o660);
  for (const wrong of ['999', '6', 'rw-rw----', 660, -1])
    assert.equal(readMode(wrong), undefined, String(wrong));
});

test('root URLs are http and lose their last slash', () => {
  assert.equal(readRootUrl('https://example.com/'), 'https://example.com');
  assert.equal(readRootUrl('https://example.com/shop/'), 'https://example.com/shop');
  for (const wrong of ['example.com', 'ftp://example.com', 'https://example.com/?a=1', '']) {
    assert.equal(readRootUrl(wrong), undefined, wrong);
  }
});
