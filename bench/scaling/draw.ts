import { readFileSync, writeFileSync } from 'node:fs';
import { chart } from './chart.ts';
import type { Recording } from './recording.ts';

/** `node bench/scaling/draw.ts FILE.json`: the chart of a recording, anew. */
const [file] = process.argv.slice(2);
if (file === undefined || !file.endsWith('.json')) {
  console.error('usage: node bench/scaling/draw.ts FILE.json');
  process.exit(2);
}
const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording;
writeFileSync(file.replace(/\.json$/, '.svg'), chart(recording));
