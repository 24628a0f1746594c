import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { RadiantError } from '../common/errors.ts';
import { programPath } from '../installation.ts';

const timeout = 10_000;
/** Far more than any configuration holds. */
const largest = 5_000_000;

/**
 * What a JavaScript file exports. The file is run, in a process of its own, in its own folder, for 10 s at most.
 * Errors: CONFIG, with the last line of what it said.
 */
export async function runCode(file: string): Promise<unknown> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', programPath('config-reader'), file, `RADIANT_${randomUUID()}`],
    {
      cwd: dirname(file),
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    },
  );
  const [said, result] = [collect(child.stderr!), collect(child.stdio[3] as Readable)];
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const text = await result;
  if (code === 0 && text !== '') return JSON.parse(text);
  const [why = 'it exports nothing'] = (await said).split('\n').filter((line) => /^\w*Error\b/.test(line));
  const reason = signal === null ? why : `it did not end within ${timeout / 1000} s`;
  throw new RadiantError(
    'CONFIG',
    `${file} cannot be read: ${reason}`,
    `\`node ${file}\` shows the same error`,
  );
}

async function collect(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) if (text.length < largest) text += String(chunk);
  return text;
}
