import { coloured } from '../output/app-text.ts';
import { duration, table } from '../output/text.ts';
import { jsonOption, type Verb } from '../verb/verb.ts';

export const list: Verb = {
  name: 'list',
  summary: 'Show all running apps',
  args: [],
  options: { json: jsonOption },
  examples: ['list'],
  run: async ({ terminal, homes, flags }) => {
    const { runningApps } = await import('../../control/discover.ts');
    const all = (await runningApps(homes)).map((app) => app.status);
    if (flags.json) {
      terminal.print(JSON.stringify(all, null, 2));
      return 0;
    }
    if (all.length === 0) terminal.print('no app is running');
    const rows = all.map((status) => {
      const ready = status.workers.filter((worker) => worker.state === 'ready').length;
      const workers = `${ready} of ${status.scaling.wanted} ready`;
      const up = duration(status.supervisor.uptimeSeconds);
      return [status.name, coloured(status.state, terminal), status.url, workers, up];
    });
    const lines =
      rows.length > 0 ? table(['app', 'state', 'url', 'workers', 'up'], rows, terminal.columns) : [];
    for (const line of lines) terminal.print(line);
    return 0;
  },
};
