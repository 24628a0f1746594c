import { admin } from './admin.ts';
import { completion } from './completion.ts';
import { deploy } from './deploy.ts';
import { doctor } from './doctor.ts';
import { describe } from './describe.ts';
import { drain } from './drain.ts';
import { events } from './events.ts';
import { exporter } from './export.ts';
import { init } from './init.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { maintenance } from './maintenance.ts';
import { releases } from './releases.ts';
import { restart } from './restart.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { tls } from './tls.ts';
import { top } from './top.ts';
import { upgrade } from './upgrade.ts';
import type { Verb } from './verb.ts';

/** In the order of help: what is needed first stands first. */
export const verbs: readonly Verb[] = [
  start,
  init,
  doctor,
  status,
  top,
  admin,
  list,
  describe,
  logs,
  events,
  deploy,
  rollback,
  releases,
  scale,
  restart,
  drain,
  maintenance,
  tls,
  exporter,
  upgrade,
  stop,
  completion(() => verbs),
];
