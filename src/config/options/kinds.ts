import { integer, kind, oneOf, text, textOrBoolean, textOrNumber, word } from '../values/kind.ts';
import { readAdmin, readHost, readListener, readLocal } from '../values/listen.ts';
import { readAlerts, readWebhook } from '../values/alerts.ts';
import { readNetwork } from '../values/networks.ts';
import { tlsKinds } from './tls-kinds.ts';
import {
  readAge,
  readBoolean,
  readDuration,
  readMaxMemory,
  readMode,
  readRootUrl,
  readSize,
} from '../values/values.ts';
import { maxWorkers, readWorkers, workersSchema } from '../values/workers.ts';

const affinities = ['client', 'session', 'none'] as const;
/** Not SIGHUP: Meteor takes that for news of a client version. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'message'] as const;

export const kinds = {
  file: word({ expected: 'a path', example: './settings.json', placeholder: 'FILE' }, /./),
  files: kind(
    { expected: 'a path, or a list of them', example: './tls/fullchain.pem', placeholder: 'FILE' },
    (z) =>
      z.union([
        z.string().check(z.minLength(1)),
        z.array(z.string().check(z.minLength(1))).check(z.minLength(1)),
      ]),
    (value) => [value].flat(),
  ),
  name: word(
    {
      expected: 'a name of at most 40 lower-case letters, digits and dashes',
      example: 'shop',
      placeholder: 'NAME',
    },
    /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
  ),
  account: word(
    { expected: 'the name or number of an account', example: 'www-data', placeholder: 'NAME' },
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/,
  ),
  node: word(
    {
      expected: 'a Node version, the path of a Node binary, `system` or `bundle`',
      example: '20.18.0',
      placeholder: 'VERSION|PATH|system',
    },
    /^(?:v?\d+(?:\.\d+){0,2}|system|bundle|.*\/.+)$/,
  ),
  port: integer(
    { expected: 'a port number from 1 to 65535', example: '3000', placeholder: 'PORT' },
    1,
    65535,
  ),
  releases: integer({ expected: 'a number from 1 to 100', example: '5', placeholder: 'N' }, 1, 100),
  oldLogs: integer({ expected: 'a number from 1 to 1000', example: '14', placeholder: 'N' }, 1, 1000),
  memory: kind(
    {
      expected: 'a size such as `800MB` or `1.5GB`, of at least 64 MB, or a share such as `80%`',
      example: '1.5GB',
      placeholder: 'SIZE|SHARE',
    },
    textOrNumber,
    readMaxMemory,
  ),
  size: kind(
    {
      expected: 'bytes, or a size with its unit (`500KB`, `10MB`, `1GB`), of at least 1 KB',
      example: '10MB',
      placeholder: 'SIZE',
    },
    textOrNumber,
    (value) => readSize(value, 1024),
  ),
  age: kind(
    {
      expected: 'seconds, or a time with its unit (`90m`, `12h`, `7d`), of at least a second',
      example: '7d',
      placeholder: 'TIME',
    },
    textOrNumber,
    readAge,
  ),
  folder: word({ expected: 'a path', example: './shop', placeholder: 'FOLDER' }, /./),
  urlPath: word(
    { expected: 'a path that begins with a slash', example: '/health', placeholder: 'PATH' },
    /^\/[\x21-\x7e]*$/,
  ),
  folders: kind(
    {
      expected: 'an object of URL paths, each with a folder',
      example: "{ '/assets': 'public/assets' }",
      placeholder: '',
    },
    (z) => z.record(z.string(), z.string()),
    (value) => (Object.keys(value).every((path) => /^\/[^?#]*$/.test(path)) ? value : undefined),
  ),
  maxAge: integer(
    { expected: 'a number of seconds, of at most two years', example: '31536000', placeholder: 'SECONDS' },
    0,
    2 * 366 * 86_400,
  ),
  ...tlsKinds,
  spares: integer({ expected: 'a number from 0 to 20', example: '1', placeholder: 'N' }, 0, 20),
  snapshots: integer({ expected: 'a number from 0 to 20', example: '2', placeholder: 'N' }, 0, 20),
  networks: kind(
    {
      expected: 'an address, a range such as `10.0.0.0/8`, or `unix`',
      example: '10.0.0.0/8',
      placeholder: 'RANGE',
    },
    (z) => z.union([z.string(), z.array(z.string())]),
    (value) => {
      const ranges = [value].flat().map(readNetwork);
      return ranges.every((range) => range !== undefined) ? ranges : undefined;
    },
  ),
  perAddress: integer(
    { expected: 'a number from 1 to 1000000', example: '100', placeholder: 'N' },
    1,
    1_000_000,
  ),
  proxies: integer({ expected: 'a number from 0 to 20', example: '1', placeholder: 'N' }, 0, 20),
  workers: kind(
    {
      expected: `\`auto\`, a number from 1 to ${maxWorkers}, or a range such as \`2-8\``,
      example: 'auto',
      placeholder: 'N|auto|MIN-MAX',
      parts:
        "{ min: 2, max: 8, target: { eventLoop: 0.6, sessions: 500, memory: 0.8 }, cooldown: { up: '10s', down: '2m' } }",
    },
    workersSchema,
    readWorkers,
  ),
  host: kind(
    {
      expected: 'an IP address, `localhost`, or `*` for all interfaces',
      example: '127.0.0.1',
      placeholder: 'ADDRESS',
    },
    text,
    readHost,
  ),
  listen: kind(
    {
      expected: 'an address such as `127.0.0.1:80`, `[::]:80`, `:80`, `/run/shop.sock` or `none`',
      example: ':80',
      placeholder: 'ADDRESS',
    },
    (z) => z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))]),
    (value) => {
      const listeners = [value].flat().map((entry) => readListener(String(entry)));
      return listeners.length > 0 && listeners.every((entry) => entry !== undefined) ? listeners : undefined;
    },
  ),
  local: kind(
    {
      expected: 'a port, or an address such as `10.0.0.1:9001`',
      example: '9001',
      placeholder: 'PORT|ADDRESS',
    },
    textOrNumber,
    readLocal,
  ),
  admin: kind(
    {
      expected: 'a port, an address, or `{ port, host, token }` with a token of 16 to 256 characters',
      example: '9000',
      placeholder: 'PORT|ADDRESS',
    },
    (z) =>
      z.union([
        z.string(),
        z.number(),
        z.strictObject({
          port: z.union([z.string(), z.number()]),
          host: z.optional(z.string()),
          token: z.optional(z.string()),
        }),
      ]),
    readAdmin,
  ),
  url: kind(
    {
      expected: 'an http or https URL without query',
      example: 'https://shop.example.com',
      placeholder: 'URL',
    },
    text,
    readRootUrl,
  ),
  affinity: oneOf(affinities),
  stopSignal: oneOf(stopSignals),
  flag: kind({ expected: '`true` or `false`', example: 'true', placeholder: '' }, textOrBoolean, readBoolean),
  /** Of what is on unless it is said: a flag that takes a value. */
  onOrOff: kind(
    { expected: '`true` or `false`', example: 'false', placeholder: 'true|false' },
    textOrBoolean,
    readBoolean,
  ),
  mode: kind(
    { expected: 'a file mode of three octal digits, in quotes', example: "'660'", placeholder: 'MODE' },
    textOrNumber,
    readMode,
  ),
  duration: kind(
    {
      expected: 'seconds, or a time with its unit (`500ms`, `90s`, `2m`), of at most a day',
      example: '90s',
      placeholder: 'SECONDS',
    },
    textOrNumber,
    readDuration,
  ),
  alerts: kind(
    {
      expected:
        'an object of `webhook` (an http or https URL), `command` and `every` (a time), each optional',
      example: "{ webhook: 'https://hooks.example.com/x', command: './page-me.sh', every: '5m' }",
      placeholder: '',
    },
    (z) =>
      z.strictObject({
        webhook: z.optional(z.string()),
        command: z.optional(z.string().check(z.minLength(1))),
        every: z.optional(textOrNumber(z)),
      }),
    readAlerts,
  ),
  webhook: kind(
    { expected: 'an http or https URL', example: 'https://hooks.example.com/x', placeholder: 'URL' },
    text,
    readWebhook,
  ),
  patience: kind(
    {
      expected: '0, or a time from 3 seconds to a day (`30s`, `2m`)',
      example: '30s',
      placeholder: 'SECONDS',
    },
    textOrNumber,
    (value) => {
      const ms = readDuration(value);
      return ms === 0 || (ms !== undefined && ms >= 3_000) ? ms : undefined;
    },
  ),
  variables: kind(
    {
      expected: 'an object of variable names, each with a string, a number or a boolean',
      example: "{ METRICS_PORT: '{9464+slot}' }",
      placeholder: '',
    },
    (z) => z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    (value) => Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, String(entry)])),
  ),
} as const;
