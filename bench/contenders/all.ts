import type { Contender } from '../contender.ts';
import { bare, bareEach } from './bare.ts';
import { nodeCluster } from './cluster.ts';
import { haproxy, nginx } from './proxy.ts';
import { nginxStatic } from './nginx-static.ts';
import { radiant, radiantForwarded, radiantKept, radiantOne, unmetered } from './radiant.ts';

/** By the names of `--contender`. The first one is what the others are compared with. */
export const contenders: Record<string, Contender> = {
  bare,
  'bare-each': bareEach,
  cluster: nodeCluster,
  'radiant-client': radiant('client'),
  'radiant-session': radiant('session'),
  'radiant-none': radiant('none'),
  'radiant-one': radiantOne,
  'radiant-unmetered': unmetered,
  'radiant-kept': radiantKept,
  'radiant-forwarded': radiantForwarded,
  nginx,
  haproxy,
  'nginx-static': nginxStatic,
};
