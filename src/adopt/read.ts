import { basename, extname } from 'node:path';
import { parseEnv } from 'node:util';
import { RadiantError, reasonOf } from '../common/errors.ts';
import { readTextFile } from '../common/text-file.ts';

/** Whether reading a file means running it. */
export const isCode = (file: string): boolean => /^\.[cm]?[jt]s$/.test(extname(file));

/** The content of another tool's file that is no code. Errors: CONFIG. */
export async function readContent(file: string): Promise<unknown> {
  const text = await readTextFile(file).catch((error: unknown) => {
    throw new RadiantError(
      'CONFIG',
      `${file} cannot be read: ${reasonOf(error)}`,
      'Correct the path after --from',
    );
  });
  try {
    return await parse(file, text);
  } catch (error) {
    const [reason = ''] = reasonOf(error).split('\n');
    throw new RadiantError('CONFIG', `${file} cannot be understood: ${reason}`, 'Correct the file', {
      cause: error,
    });
  }
}

async function parse(file: string, text: string): Promise<unknown> {
  if (/^\.env|\.env$/.test(basename(file))) return { ...parseEnv(text) };
  if (extname(file) === '.json') return JSON.parse(withoutComments(text));
  const { parse: parseYaml } = await import('yaml');
  return parseYaml(text, { merge: true });
}

/** pm2 and Meteor Up allow comments in their JSON. */
export function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('"') ? part : ' ',
  );
}
