import { RadiantError, errors } from '../../common/errors.ts';
import type { Finding } from '../../doctor/finding.ts';
import { configInput, startOptions } from '../verb/app-options.ts';
import type { Terminal } from '../output/terminal.ts';
import { jsonOption, type Invocation, type Verb } from '../verb/verb.ts';

export const doctor: Verb = {
  name: 'doctor',
  summary: 'Check this machine and an app, or a running site from outside',
  args: ['[app]'],
  options: {
    url: {
      summary: 'Talk to the site at this URL, as a browser would, and check nothing else',
      placeholder: 'URL',
    },
    json: jsonOption,
    ...startOptions(),
  },
  examples: ['doctor', 'doctor ./bundle --port 80 --workers 8', 'doctor --url https://shop.example.com'],
  run: async (invocation) => {
    const { flags, terminal } = invocation;
    const found = typeof flags.url === 'string' ? await ofSite(flags.url) : await ofMachine(invocation);
    if (flags.json) terminal.print(JSON.stringify(found, null, 2));
    else for (const line of lines(found, terminal)) terminal.print(line);
    return found.some(({ verdict }) => verdict === 'wrong') ? errors.UNWELL.exit : 0;
  },
};

async function ofSite(text: string): Promise<Finding[]> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RadiantError(
      'USAGE',
      `--url: "${text}" is no http or https URL`,
      'Write for instance --url https://shop.example.com',
    );
  }
  const [{ visit }, { siteChecks }, { findings }] = await Promise.all([
    import('../../doctor/site/visit.ts'),
    import('../../doctor/site/site-checks.ts'),
    import('../../doctor/finding.ts'),
  ]);
  return findings(siteChecks, await visit(url.href));
}

/** A configuration that does not fit is a finding too; the machine is then looked at as if there were none. */
async function ofMachine(invocation: Invocation): Promise<Finding[]> {
  const { args, homes, env, cwd } = invocation;
  const [{ loadConfig }, { examine }] = await Promise.all([
    import('../../config/reading/load.ts'),
    import('../../doctor/examine.ts'),
  ]);
  try {
    const config = await loadConfig(configInput(invocation));
    return await examine({ config, homes, env, app: args.length > 0 || config.app !== cwd ? 'yes' : 'here' });
  } catch (error) {
    if (!(error instanceof RadiantError)) throw error;
    if (error.code === 'USAGE') throw error;
    const config = await loadConfig({ flags: {}, cwd: homes.run, env: {} });
    const finding: Finding = {
      check: 'configuration',
      verdict: 'wrong',
      found: error.message,
      remedy: error.remedy,
    };
    return [finding, ...(await examine({ config, homes, env, app: 'no' }))];
  }
}

const styles = { good: 'green', advice: 'yellow', wrong: 'red' } as const;

function lines(found: readonly Finding[], terminal: Terminal): string[] {
  const width = Math.max(...found.map(({ check }) => check.length));
  return found.flatMap(({ check, verdict, found: text, remedy }) => [
    `${terminal.style(styles[verdict], verdict.padEnd(6))}  ${check.padEnd(width)}  ${text}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(width + 10)}→ ${remedy}`]),
  ]);
}
