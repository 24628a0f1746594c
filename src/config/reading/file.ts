import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RadiantError, reasonOf } from '../../common/errors.ts';
import { readTextFile } from '../../common/text-file.ts';
import { publicModule } from '../../installation.ts';

const names = ['radiant.config.ts', 'radiant.config.js', 'radiant.config.json'];
const readable = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']);

/** The configuration file to read: the given one, which must exist, or the only one in `cwd`. */
export function findConfigFile(cwd: string, given?: string): string | undefined {
  if (given) {
    if (!existsSync(given)) {
      throw new RadiantError('CONFIG', `${given}: there is no such file`, 'Correct the path after --config');
    }
    if (!readable.has(extname(given))) {
      throw new RadiantError('CONFIG', `${given}: no .ts, .js or .json file`, 'Rename it to what it holds');
    }
    return given;
  }
  const present = names.filter((name) => existsSync(join(cwd, name)));
  if (present.length > 1) {
    throw new RadiantError(
      'CONFIG',
      `${cwd} holds ${present.join(' and ')}, and only one can count`,
      'Remove the others, or choose one with --config',
    );
  }
  return present[0] && join(cwd, present[0]);
}

/** What a configuration file exports, a function called and a promise awaited; not yet checked. */
export async function loadConfigFile(file: string): Promise<unknown> {
  if (extname(file) === '.json') return parseJson(file);
  const restore = [serveRadiant(), muteTypeless()];
  try {
    const loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
    const exported = loaded.default;
    const result: unknown = typeof exported === 'function' ? await exported() : await exported;
    if (result !== undefined) return result;
  } catch (error) {
    throw new RadiantError(
      'CONFIG',
      `${file}: it cannot be loaded: ${reasonOf(error)}${placeIn(error, file)}`,
      'Correct the file; `node FILE` shows the same error',
      { cause: error },
    );
  } finally {
    for (const undo of restore) undo();
  }
  throw new RadiantError(
    'CONFIG',
    `${file}: it has no default export`,
    'Write `export default defineConfig({ … })`, with `import { defineConfig } from "radiant"`',
  );
}

async function parseJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readTextFile(file)) as unknown;
  } catch (error) {
    const message = `${file}: it is not valid JSON: ${reasonOf(error)}`;
    throw new RadiantError('CONFIG', message, 'Correct the file; comments are not JSON', { cause: error });
  }
}

/** Lets `import { defineConfig } from 'radiant'` find this very package, which may be installed elsewhere. */
function serveRadiant(): () => void {
  const { href: url } = pathToFileURL(publicModule);
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === 'radiant' ? { url, shortCircuit: true } : nextResolve(specifier, context),
  });
  return () => hooks.deregister();
}

/** Node warns about a `.ts` or `.js` file with `import` in a folder whose package.json has no `type`: no concern here. */
function muteTypeless(): () => void {
  const original = Object.getOwnPropertyDescriptor(process, 'emitWarning') ?? {};
  const emit = process.emitWarning.bind(process) as (...parts: unknown[]) => void;
  const filtered = (...parts: unknown[]): void => {
    if (!JSON.stringify(parts).includes('MODULE_TYPELESS_PACKAGE_JSON')) emit(...parts);
  };
  Object.defineProperty(process, 'emitWarning', { ...original, value: filtered });
  return () => {
    Object.defineProperty(process, 'emitWarning', original);
  };
}

/** ` (line 3)`, where the stack tells it. */
function placeIn(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const line = /^\d+/.exec(stack.split(`${basename(file)}:`)[1] ?? '');
  return line ? ` (line ${line[0]})` : '';
}
