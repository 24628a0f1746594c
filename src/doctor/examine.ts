import type { Config } from '../config/types.ts';
import { connectControl } from '../control/client.ts';
import { controlSocket } from '../disk/run-folder.ts';
import { RadiantError } from '../common/errors.ts';
import type { Homes } from '../disk/paths.ts';
import { appChecks } from './app-checks.ts';
import { lookAtApp } from './app.ts';
import { advice, findings, wrong, type Finding } from './finding.ts';
import { machineChecks } from './machine-checks.ts';
import { lookAtMachine } from './machine.ts';
import { nginxChecks } from './nginx-check.ts';
import { lookAtNginx } from './nginx.ts';

export interface Patient {
  config: Config;
  homes: Homes;
  env: NodeJS.ProcessEnv;
  /** Whether to look at the app too; `here`: if there is one, because nobody has named it. */
  app: 'yes' | 'here' | 'no';
}

/** All that can be found out on the machine itself. An app that cannot be started is a finding. */
export async function examine({ config, homes, env, app }: Patient): Promise<Finding[]> {
  const control = connectControl(controlSocket(homes, config.name));
  const status = app === 'no' ? undefined : await control.status({}).catch(() => undefined);
  const found = findings(machineChecks, await lookAtMachine(config, status));
  if (app === 'no') return found;
  try {
    found.push(...findings(appChecks, await lookAtApp(config, homes, env, status)));
    found.push(...findings(nginxChecks, await lookAtNginx(config, homes)));
  } catch (error) {
    if (!(error instanceof RadiantError)) throw error;
    const judged =
      app === 'here' && error.code === 'APP_NOT_FOUND'
        ? advice('there is none here', 'Name it: `radiant doctor ./bundle`')
        : wrong(error.message, error.remedy);
    found.push({ check: 'app', ...judged });
  }
  return found;
}
