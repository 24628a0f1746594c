import { RadiantError } from '../../common/errors.ts';
import type { Terminal } from '../output/terminal.ts';
import { nameFrom, nameOption, type Verb } from '../verb/verb.ts';

export const top: Verb = {
  name: 'top',
  summary: 'Watch the workers of an app live, and restart, scale or replace them by a key',
  args: [],
  options: {
    name: nameOption,
    once: { summary: 'Print one picture, after a second of looking, and end: for scripts' },
  },
  examples: ['top', 'top --name shop', 'top --once'],
  run: async (invocation) => {
    const { terminal, homes, flags, env } = invocation;
    if (flags.once !== true) refuseWithoutScreen(terminal, env);
    const [{ findApp }, { glyphsFor }] = await Promise.all([
      import('../../control/discover.ts'),
      import('./drawing/glyphs.ts'),
    ]);
    const { control } = await findApp(homes, nameFrom(invocation));
    const glyphs = glyphsFor(env);
    if (flags.once === true) {
      const { printOnce } = await import('./once.ts');
      await printOnce(control, terminal, glyphs);
      return 0;
    }
    const { Session } = await import('./session.ts');
    const colours = process.stdout.hasColors();
    return Session.run(control, { input: process.stdin, output: process.stdout, colours, glyphs });
  },
};

/** Errors: USAGE. */
function refuseWithoutScreen({ interactive }: Terminal, { TERM }: NodeJS.ProcessEnv): void {
  const remedy = '`radiant top --once` prints one picture, `radiant status --json` is for scripts';
  if (!interactive || !process.stdin.isTTY)
    throw new RadiantError('USAGE', 'top: this is no terminal', remedy);
  if (TERM === 'dumb')
    throw new RadiantError('USAGE', 'top: a dumb terminal has no screen to draw on', remedy);
}
