'use strict';
const crypto = require('crypto');

// No characters that look alike; 55 of them.
const unmistakable = '23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz';
const base64 = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_';

function stringOf(alphabet, length) {
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet[crypto.randomInt(alphabet.length)];
  return text;
}

const Random = {
  /** The id of a session, a document, a universal subscription. */
  id: (length = 17) => stringOf(unmistakable, length),
  /** A login token. */
  secret: (length = 43) => stringOf(base64, length),
  hexString: (digits) => stringOf('0123456789abcdef', digits),
};

module.exports = { Random };
