/** Where an authority asks for an answer over plain HTTP (RFC 8555, 8.3); the token comes behind it. */
export const challengeFolder = '/.well-known/acme-challenge/';
