import { RadiantError } from '../../common/errors.ts';
import { count, departed } from '../output/text.ts';
import { nameFrom, nameOption, type Verb } from '../verb/verb.ts';

export const scale: Verb = {
  name: 'scale',
  summary: 'Change how many workers an app has',
  args: ['N|+N|-N'],
  options: { name: nameOption },
  examples: ['scale 4', 'scale +1', 'scale -2 --name shop'],
  run: async (invocation) => {
    const [wanted = ''] = invocation.args;
    if (!/^[+-]?\d{1,4}$/.test(wanted)) {
      const message = `scale: "${wanted}" is neither a number nor a change`;
      throw new RadiantError('USAGE', message, 'Write for instance `radiant scale 4` or `radiant scale +1`');
    }
    const { findApp } = await import('../../control/discover.ts');
    const { name, control } = await findApp(invocation.homes, nameFrom(invocation));
    invocation.terminal.transient(`scaling ${name} …`);
    const { before, workers, departures } = await control.scale({ workers: wanted });
    invocation.terminal.print(
      `${name} has ${count(workers, 'worker')}, it had ${before}${departed(departures)}`,
    );
    return 0;
  },
};
