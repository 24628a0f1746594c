import { honoured, type OptionName } from '../config/options/options.ts';
import { readValue } from '../config/reading/schema.ts';
import { wholeEnvironment } from './spread.ts';
import { note, setOptions, textOf, type Outcome, type Translation } from './translation.ts';

/** A variable of another tool's file, and where it stands there. */
export interface Variable {
  key: string;
  value: unknown;
}

const several =
  'Radiant runs on one machine: put nginx or HAProxy in front of several (`radiant export nginx`)';
const fromOutside =
  'its value is not in the file but in the environment that it was read in, where it is not set: set it where Radiant is started, or in envFile';
const noBalancer = 'every worker answers at the one public address';

/** Variables that other tools or Meteor know, and that need not or must not be set under Radiant. */
const known: Readonly<Record<string, Outcome>> = {
  [wholeEnvironment]: { unneeded: "workers get all of Radiant's own environment anyway" },
  NODE_APP_INSTANCE: { unneeded: 'each worker gets its own, counted from 0' },
  METEOR_PARENT_PID: { impossible: 'leave it out: the app would end when that process does' },
  CLUSTER_DISCOVERY_URL: { impossible: several },
  CLUSTER_ENDPOINT_URL: { impossible: several },
  CLUSTER_SELF_WEIGHT: { impossible: several },
  CLUSTER_SERVICE: { unneeded: 'there is one app at the address, and `name` names it' },
  CLUSTER_BALANCER_URL: { unneeded: noBalancer },
  CLUSTER_UI_SERVICE: { unneeded: noBalancer },
  CLUSTER_PUBLIC_SERVICES: {
    impossible: 'start each service as an app of its own, and let nginx choose by its host name or path',
  },
};

/** Puts each variable where it belongs: an option, `env`, or the secrets. */
export function sortVariables(into: Translation, variables: Readonly<Record<string, Variable>>): void {
  for (const [name, { key, value }] of Object.entries(variables)) {
    const option = honoured[name];
    if (known[name] !== undefined) note(into, key, known[name]);
    else if (into.options.env?.[name] !== undefined)
      note(into, key, { taken: 'env, as another key wants it' });
    else if (value === null || value === undefined) note(into, key, { impossible: fromOutside });
    else if (value === '') note(into, key, { unneeded: 'it is empty' });
    else if (option !== undefined) becomeOption(into, option, key, value);
    else if (typeof value === 'object')
      note(into, key, { impossible: 'a variable is text: write its value as a string' });
    else if (/\$\{?\w/.test(textOf(value)) && maySubstitute.test(key))
      note(into, key, { impossible: 'set it in an environment file: Radiant does not replace `$NAME`' });
    else if (isSecret(name, textOf(value))) {
      into.secrets[name] = textOf(value);
      note(into, key, { taken: 'in the environment file, because it may be secret' });
    } else {
      setOptions(into, key, { env: { [name]: value as string | number | boolean } });
      note(into, key, { taken: 'env, as it is' });
    }
  }
}

/** Compose replaces `$NAME` in its files; the others take it as it stands. */
const maySubstitute = /^environment\./;

function becomeOption(into: Translation, option: OptionName, key: string, value: unknown): void {
  const read = readValue(option, typeof value === 'boolean' ? textOf(value) : value, key, false);
  if (!read.ok) {
    note(into, key, { impossible: `${read.problem.what}: set the option ${option}` });
    return;
  }
  const given = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  note(into, key, {
    taken: `${option}: ${typeof given === 'string' ? `'${given}'` : String(given)}`,
    options: { [option]: given },
  });
}

const secretName =
  /(?:PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE|SALT|DSN|AUTH|CERT|SIGNATURE|WEBHOOK|SETTINGS)/i;
const harmlessName = /^(?:TZ|LANG|LC_[A-Z]+|NODE_ENV|NODE_OPTIONS)$/;
const harmlessValue = /^(?:-?\d+(?:\.\d+)?|true|false|[A-Za-z][A-Za-z.-]{0,23}|\.{0,2}\/[\w./-]*)$/;
const numbered = /^[\w.-]{1,24}$/;

/** When in doubt, yes: a time zone, a number, a word, a path or a URL without password and query is no secret. */
export function isSecret(name: string, value: string): boolean {
  if (harmlessName.test(name)) return false;
  if (harmlessValue.test(value)) return secretName.test(name) && !/^(?:\d{1,5}|true|false)$/.test(value);
  if (secretName.test(name)) return true;
  const url = URL.parse(value);
  if (url && value.includes('://')) return url.username !== '' || url.password !== '' || url.search !== '';
  // `eu-west-1`, `v2`, `10.0.0.4`; but no long run of digits and letters.
  return !(numbered.test(value) && !/[A-Za-z0-9]{13}/.test(value));
}

/**
 * The text of an environment file, as Node's own parser reads it (`util.parseEnv`): it takes quoted text as it is,
 * but for `\n` in double quotes. Undefined for text that no quotes can hold.
 */
export function envLine(name: string, value: string): string | undefined {
  if (/^[\w.:/@+-]+$/.test(value)) return `${name}=${value}`;
  const quote = ["'", '`', '"'].find((mark) => !value.includes(mark));
  if (quote === undefined || (quote === '"' && value.includes('\\n'))) return undefined;
  return `${name}=${quote}${value}${quote}`;
}
