import { RadiantError } from '../../common/errors.ts';
import { adminLines } from '../output/app-text.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from '../verb/verb.ts';

export const admin: Verb = {
  name: 'admin',
  summary: "Show where an app's page for operators is, and where its token is",
  args: [],
  options: { name: nameOption, json: jsonOption },
  examples: ['admin', 'admin --name shop'],
  run: async (invocation) => {
    const { findApp } = await import('../../control/discover.ts');
    const { name, status } = await findApp(invocation.homes, nameFrom(invocation));
    if (status.admin === undefined) {
      const remedy =
        'Stop it and start it again with --admin PORT, or with `admin` in the configuration file';
      throw new RadiantError('OPERATION_FAILED', `${name} was started without a page for operators`, remedy);
    }
    const lines = invocation.flags.json ? [JSON.stringify(status.admin, null, 2)] : adminLines(status);
    for (const line of lines) invocation.terminal.print(line);
    return 0;
  },
};
