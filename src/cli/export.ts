import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { suggestion } from '../config/suggest.ts';
import { RadiantError, reasonOf } from '../errors.ts';
import type { Exported } from '../export/text.ts';
import { exportHaproxy, exportNginx, proxyOptions } from './export-proxy.ts';
import { sourceOf, type Source } from './export-source.ts';
import { startOptions } from './start.ts';
import type { Invocation, Verb } from './verb.ts';

type Target = (source: Source, invocation: Invocation) => Promise<Exported>;

/** What can be exported. */
const targets: Readonly<Record<string, Target>> = { nginx: exportNginx, haproxy: exportHaproxy };

export const exporter: Verb = {
  name: 'export',
  summary: 'Write configuration for what stands around an app',
  args: [Object.keys(targets).join('|'), '[app]'],
  options: {
    out: { summary: 'Write to this file instead of printing', placeholder: 'FILE', short: 'o' },
    ...startOptions(),
    // After the app's own: a certificate given here is that of whoever stands in front.
    ...proxyOptions,
  },
  examples: [
    'export nginx --server-name shop.example.com --out /etc/nginx/conf.d/shop.conf',
    'export nginx --name shop --tls-cert chain.pem --tls-key key.pem --flavor classic',
  ],
  run: async (invocation) => {
    const { args, terminal, flags, cwd } = invocation;
    const make = targetOf(args[0]!);
    const { text, next } = await make(await sourceOf(withoutProxyFlags(invocation)), invocation);
    if (typeof flags.out === 'string') {
      const file = resolve(cwd, flags.out);
      await write(file, text);
      terminal.complain(`${file} is written.`);
    } else terminal.print(text.trimEnd());
    if (next.length > 0)
      terminal.complain(['', 'What to do next:', ...next.map((step) => `- ${step}`)].join('\n'));
    return 0;
  },
};

function withoutProxyFlags(invocation: Invocation): Invocation {
  const flags = Object.entries(invocation.flags).filter(([name]) => !Object.hasOwn(proxyOptions, name));
  return { ...invocation, flags: Object.fromEntries(flags) };
}

function targetOf(name: string): Target {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target !== undefined) return target;
  const names = Object.keys(targets);
  throw new RadiantError(
    'USAGE',
    `export: nothing is known of "${name}"${suggestion(name, names)}`,
    `It can be ${names.join(', ')}`,
  );
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o644 });
  } catch (error) {
    throw new RadiantError('STATE', `${file} cannot be written: ${reasonOf(error)}`);
  }
}
