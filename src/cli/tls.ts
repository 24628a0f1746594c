import type { Control } from '../control/client.ts';
import { RadiantError } from '../errors.ts';
import type { CertificateStatus } from '../supervisor/types.ts';
import { table } from './text.ts';
import { jsonOption, nameFrom, nameOption, type Verb } from './verb.ts';

interface Way {
  /** What is shown meanwhile, where it takes time. */
  doing: string;
  ask: (control: Control) => Promise<{ certificates: CertificateStatus[] }>;
}

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
    'Read the certificates again, or ask the authority for a new one now; new connections get it, open ones are left alone',
  args: [Object.keys(ways).join('|')],
  options: { name: nameOption, json: jsonOption },
  examples: ['tls reload', 'tls renew', 'tls reload --name shop'],
  run: async (invocation) => {
    const { args, flags, homes, terminal } = invocation;
    const { doing, ask } = wayOf(args[0]!);
    const { findApp } = await import('../control/discover.ts');
    const { control } = await findApp(homes, nameFrom(invocation));
    terminal.transient(doing);
    const { certificates } = await ask(control);
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

/** Errors: USAGE. */
function wayOf(word: string): Way {
  if (Object.hasOwn(ways, word)) return ways[word as keyof typeof ways];
  const remedy = 'Write `radiant tls reload` or `radiant tls renew`';
  throw new RadiantError('USAGE', `tls cannot ${word}`, remedy);
}
