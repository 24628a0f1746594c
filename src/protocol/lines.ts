import type { Readable } from 'node:stream';

/** Longer lines are no message of ours; the stream that sends one is destroyed. */
const longestLine = 4 * 1024 * 1024;

/** Calls `onLine` for each line of a stream of UTF-8 text, without its newline. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    if (rest.length > longestLine) stream.destroy();
    for (const line of lines) onLine(line);
  });
}
