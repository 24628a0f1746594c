import type { Values } from '../options/options.ts';
import type { Config } from '../types.ts';

/** Values after the defaults: what has a default is there. */
export type Complete = Values & Required<Pick<Values, WithDefault>>;
type WithDefault =
  | 'app'
  | 'port'
  | 'host'
  | 'workers'
  | 'affinity'
  | 'handOver'
  | 'spare'
  | 'proxies'
  | 'node'
  | 'detach'
  | 'socketMode'
  | 'noStatic'
  | 'headTimeout'
  | 'requestTimeout'
  | 'healthPath'
  | 'waitReady'
  | 'keepChildren'
  | 'keepReleases'
  | 'logSize'
  | 'logKeep'
  | 'logAge'
  | 'startTimeout'
  | 'deployTimeout'
  | 'drainTimeout'
  | 'watch'
  | 'hangTimeout'
  | 'heapSnapshots'
  | 'queueTimeout'
  | 'stopSignal'
  | 'killTimeout';

/** What is made something else of, together with others. */
const composed = [
  'config',
  'envFile',
  'host',
  'name',
  'workers',
  'maxMemory',
  'admin',
  'agentCheck',
  'tlsCert',
  'tlsKey',
  'tls',
  'acmeDomain',
  'acmeEmail',
  'acmeAgreeTos',
  'acmeStaging',
  'acmeDirectory',
  'acmeChallenge',
  'acmeEabKeyId',
  'acmeEabKeyFile',
  'acmeEabKey',
  'redirect',
  'alerts',
  'alertsWebhook',
] as const;

/** Lists that are empty where nothing was said. */
export const nothingMore = {
  redirect: [],
  proxiesFrom: [],
  proxyProtocol: [],
} as const satisfies Partial<Config>;

/** What goes into the configuration as it was said. */
export function plain(values: Complete): Omit<Complete, (typeof composed)[number]> {
  const rest: Partial<Complete> = { ...values };
  for (const name of composed) delete rest[name];
  return rest as Complete;
}
