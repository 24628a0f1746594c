import { RadiantError } from '../../common/errors.ts';
import { departed, took } from '../output/text.ts';
import { nameFrom, nameOption, type Verb } from '../verb/verb.ts';

export const replace: Verb = {
  name: 'replace',
  summary: 'Replace one worker: its successor starts first, then it finishes what it has',
  args: ['N'],
  options: { name: nameOption },
  examples: ['replace 2', 'replace 2 --name shop'],
  run: async (invocation) => {
    const [given = ''] = invocation.args;
    if (!/^[1-9]\d{0,3}$/.test(given)) {
      const message = `replace: "${given}" is no worker's number`;
      throw new RadiantError(
        'USAGE',
        message,
        '`radiant status` shows the workers; write for instance `radiant replace 2`',
      );
    }
    const { findApp } = await import('../../control/discover.ts');
    const { name, control } = await findApp(invocation.homes, nameFrom(invocation));
    invocation.terminal.transient(`replacing worker ${given} of ${name} …`);
    const began = performance.now();
    const { worker, pid, departures } = await control.replace({ worker: Number(given) });
    invocation.terminal.print(
      `worker ${worker} of ${name} was replaced in ${took(performance.now() - began)}, its pid is ${pid ?? 'not known'}${departed(departures)}`,
    );
    return 0;
  },
};
