import { RadiantError } from '../errors.ts';
import { table } from './text.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from './verb.ts';

export const tls: Verb = {
  name: 'tls',
  summary: 'Read the certificates again; new connections get them, open ones are left alone',
  args: ['reload'],
  options: { name: nameOption, json: jsonOption },
  examples: ['tls reload', 'tls reload --name shop'],
  run: async (invocation) => {
    const { args, flags, homes, terminal } = invocation;
    if (args[0] !== 'reload') {
      throw new RadiantError('USAGE', `tls cannot ${args[0]}`, 'Write `radiant tls reload`');
    }
    const { findApp } = await import('../control/discover.ts');
    const { control } = await findApp(homes, nameFrom(invocation));
    const { certificates } = await control.reloadCertificates({});
    if (flags.json) terminal.print(JSON.stringify(certificates, null, 2));
    else {
      const rows = certificates.map(({ names, expires }) => [
        names.join(' '),
        expires?.slice(0, 10) ?? 'none yet',
      ]);
      for (const line of table(['certificate for', 'expires'], rows, terminal.columns)) terminal.print(line);
    }
    return 0;
  },
};
