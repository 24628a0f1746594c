import { domainToASCII } from 'node:url';
import { kind, oneOf, text, word } from '../values/kind.ts';
import type { ChallengeType, TlsFiles } from '../types.ts';

const challenges = ['tls-alpn-01', 'http-01'] as const satisfies readonly ChallengeType[];

/** What an authority can make sure of without DNS records: no wildcard, no address, no name of this machine alone. */
const domainName = /^(?=.{4,253}$)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!\d+$)(?!-)[a-z0-9-]{1,63}(?<!-)$/;

function readDomain(value: string): string | undefined {
  const name = domainToASCII(value.trim().replace(/\.$/, ''));
  return domainName.test(name) ? name : undefined;
}

function readDomains(value: string | readonly string[]): string[] | undefined {
  const names = [value].flat().map(readDomain);
  return names.every((name) => name !== undefined) ? [...new Set(names)] : undefined;
}

/** RFC 8555, 6.1: everything is asked over HTTPS. */
function readDirectory(value: string): string | undefined {
  const url = URL.parse(value.trim());
  return url?.protocol === 'https:' ? url.href : undefined;
}

const emailAddress = /^[^\s@,;<>"?&]+@[^\s@,;<>"?&]+$/;
const visible = /^[\x21-\x7e]+$/;
/** Base64url, as authorities give it (RFC 8555, 7.3.4); padding does no harm. */
const base64url = /^[A-Za-z0-9_-]{8,}=*$/;

/** The key of an external account binding, as it stands in a file or a variable. */
export const readSecretKey = (value: string): string | undefined =>
  base64url.test(value.trim()) ? value.trim() : undefined;

/** What a configuration file may say of ACME. */
export interface WrittenAcme {
  domains: string[];
  email?: string | undefined;
  agreeTos?: boolean | undefined;
  staging?: boolean | undefined;
  directory?: string | undefined;
  challenge?: ChallengeType | undefined;
  eab?: { keyId: string; keyFile?: string | undefined } | undefined;
}

/** Certificates that are there, and the one that is to be got. */
export interface WrittenTls {
  files: TlsFiles[];
  acme?: WrittenAcme;
}

interface Entry {
  cert?: string | undefined;
  key?: string | undefined;
  acme?: WrittenAcme | undefined;
}

function readTls(value: Entry | Entry[]): WrittenTls | undefined {
  const entries = [value].flat();
  const files = entries.filter((entry) => entry.cert !== undefined || entry.key !== undefined);
  const acme = entries.flatMap((entry) => entry.acme ?? []);
  const whole = files.every(
    (entry): entry is TlsFiles => entry.cert !== undefined && entry.key !== undefined,
  );
  if (!whole || acme.length > 1) return undefined;
  if (entries.some((entry) => Object.values(entry).every((part) => part === undefined))) return undefined;
  return { files: files.map(({ cert, key }) => ({ cert, key })), ...(acme[0] && { acme: acme[0] }) };
}

const email = word(
  { expected: 'an e-mail address', example: 'ops@example.com', placeholder: 'ADDRESS' },
  emailAddress,
);

const challenge = oneOf(challenges);

const directory = kind(
  { expected: 'an https URL', example: 'https://acme.example.com/directory', placeholder: 'URL' },
  text,
  readDirectory,
);

const keyId = word({ expected: 'a name without blanks', example: 'kid-1', placeholder: 'NAME' }, visible);

const domains = kind(
  {
    expected: 'a full host name without wildcards (these need DNS records), or a list of them',
    example: 'shop.example.com',
    placeholder: 'DOMAIN',
  },
  (z) => z.union([z.string(), z.array(z.string()).check(z.minLength(1), z.maxLength(100))]),
  readDomains,
);

/** What is said about HTTPS. */
export const tlsKinds = {
  tls: kind(
    {
      expected: 'an object with the files `cert` and `key`, or with `acme`, or a list of these',
      example: "{ cert: 'tls/fullchain.pem', key: 'tls/privkey.pem' }",
      placeholder: '',
      parts:
        "{ acme: { domains: ['shop.example.com'], email: 'ops@example.com', agreeTos: true } }, or { cert: 'tls/fullchain.pem', key: 'tls/privkey.pem' }",
    },
    (z) => {
      const acme = z.strictObject({
        domains: domains.schema(z),
        email: z.optional(email.schema(z)),
        agreeTos: z.optional(z.boolean()),
        staging: z.optional(z.boolean()),
        directory: z.optional(directory.schema(z)),
        challenge: z.optional(challenge.schema(z)),
        eab: z.optional(
          z.strictObject({ keyId: keyId.schema(z), keyFile: z.optional(z.string().check(z.minLength(1))) }),
        ),
      });
      const path = z.optional(z.string().check(z.minLength(1)));
      const entry = z.strictObject({ cert: path, key: path, acme: z.optional(acme) });
      return z.union([entry, z.array(entry).check(z.minLength(1))]);
    },
    readTls,
  ),
  domains,
  email,
  challenge,
  directory,
  keyId,
  secretKey: kind(
    { expected: 'a key in base64url', example: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajV', placeholder: 'KEY' },
    text,
    readSecretKey,
  ),
};
