import type { Boot } from '../../protocol/boot.ts';
import { forwardedRule, type ForwardedRule } from '../connection/forwarded-for.ts';

/** What the configuration says of requests. */
export interface RouterRules {
  /** Clients are recognised at all: false for the affinity `none`. */
  sticky: boolean;
  /** Connections are clients' own: no proxy stands in front that carries the requests of many. */
  ownConnections: boolean;
  forwarded: ForwardedRule;
  cookie: { name: string; path: string };
  release: string;
  healthPath: string;
  /** Bytes; null: left to the app. */
  maxBody: number | null;
  /** Seconds of Strict-Transport-Security; null: left to the app. */
  hsts: number | null;
}

export function routerRules(boot: Boot): RouterRules {
  const { affinity, cookie, healthPath, hsts, proxies, release } = boot;
  return {
    sticky: affinity !== 'none',
    ownConnections: proxies === 0,
    forwarded: forwardedRule(boot),
    cookie,
    release,
    healthPath,
    maxBody: boot.limits.maxBody,
    hsts,
  };
}
