import { count, departed, took } from '../output/text.ts';
import { nameFrom, nameOption, type Verb } from '../verb/verb.ts';

export const restart: Verb = {
  name: 'restart',
  summary: 'Replace all workers of an app, one after the other, without a gap',
  args: [],
  options: { name: nameOption },
  examples: ['restart', 'restart --name shop'],
  run: async (invocation) => {
    const { findApp } = await import('../../control/discover.ts');
    const { name, control } = await findApp(invocation.homes, nameFrom(invocation));
    invocation.terminal.transient(`restarting ${name} …`);
    const began = performance.now();
    const { workers, departures } = await control.restart({});
    invocation.terminal.print(
      `${name} restarted ${count(workers, 'worker')} in ${took(performance.now() - began)}${departed(departures)}`,
    );
    return 0;
  },
};
