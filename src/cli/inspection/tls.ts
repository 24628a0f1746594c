import type { Control } from '../../control/client.ts';
import { RadiantError } from '../../common/errors.ts';
import type { CertificateStatus } from '../../running/status.ts';
import { certificateTable } from './certificates.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from '../verb/verb.ts';

interface Way {
  /** What is shown meanwhile, where it takes time. */
  doing: string;
  ask: (control: Control) => Promise<{ certificates: CertificateStatus[] }>;
}

const look: Way = {
  doing: '',
  ask: async (control) => ({ certificates: (await control.status({})).certificates ?? [] }),
};

const ways = {
  reload: { doing: '', ask: (control) => control.reloadCertificates({}) },
  renew: {
    doing: 'asking the certificate authority …',
    ask: (control) => control.renewCertificate({}),
  },
} satisfies Record<string, Way>;

export const tls: Verb = {
  name: 'tls',
  summary:
    'Show the certificates; read them again, or ask the authority for a new one now: open connections are left alone',
  args: [`[${Object.keys(ways).join('|')}]`],
  options: { name: nameOption, json: jsonOption },
  examples: ['tls', 'tls reload', 'tls renew', 'tls reload --name shop'],
  run: async (invocation) => {
    const { args, flags, homes, terminal } = invocation;
    const { doing, ask } = wayOf(args[0]);
    const { findApp } = await import('../../control/discover.ts');
    const { control } = await findApp(homes, nameFrom(invocation));
    terminal.transient(doing);
    const { certificates } = await ask(control);
    if (flags.json) terminal.print(JSON.stringify(certificates, null, 2));
    else if (certificates.length === 0) terminal.print('the app serves no HTTPS');
    else for (const line of certificateTable(certificates, terminal)) terminal.print(line);
    return 0;
  },
};

/** Errors: USAGE. */
function wayOf(word: string | undefined): Way {
  if (word === undefined) return look;
  if (Object.hasOwn(ways, word)) return ways[word as keyof typeof ways];
  const remedy = 'Write `radiant tls reload` or `radiant tls renew`';
  throw new RadiantError('USAGE', `tls cannot ${word}`, remedy);
}
