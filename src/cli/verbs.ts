import { admin } from './inspection/admin.ts';
import { completion } from './completion/completion.ts';
import { deploy } from './releases/deploy.ts';
import { doctor } from './setup/doctor.ts';
import { describe } from './inspection/describe.ts';
import { events } from './inspection/events.ts';
import { exporter } from './setup/export.ts';
import { init } from './setup/init.ts';
import { list } from './inspection/list.ts';
import { logs } from './inspection/logs.ts';
import { maintenance } from './lifecycle/maintenance.ts';
import { releases } from './releases/releases.ts';
import { replace } from './lifecycle/replace.ts';
import { restart } from './lifecycle/restart.ts';
import { rollback } from './releases/rollback.ts';
import { scale } from './lifecycle/scale.ts';
import { start } from './lifecycle/start.ts';
import { status } from './inspection/status.ts';
import { stop } from './lifecycle/stop.ts';
import { tls } from './inspection/tls.ts';
import { top } from './top/top.ts';
import { upgrade } from './lifecycle/upgrade.ts';
import type { Verb } from './verb/verb.ts';

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
  replace,
  maintenance,
  tls,
  exporter,
  upgrade,
  stop,
  completion(() => verbs),
];
