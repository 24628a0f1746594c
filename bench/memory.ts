import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import { radiant } from './contenders/radiant.ts';
import { Lab } from './lab.ts';
import { residentBytes, treeOf } from './process-tree.ts';
import { bundleApp } from './static-apps.ts';

/**
 * `node bench/memory.ts`: what static files cost in memory. The Meteor example with 1 and 8 workers, with and without
 * them, after its client bundle was fetched by many clients in each coding.
 */
const requests = 2_000;

/** Each page that processes share is divided among them, so the sum counts it once. */
function proportionalBytes(roots: number[]): number {
  let kilobytes = 0;
  for (const { pid } of treeOf(roots)) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  }
  return kilobytes * 1024;
}

async function fetchOften(port: number, path: string): Promise<void> {
  const ask = async (i: number): Promise<void> => {
    const headers = { 'accept-encoding': ['gzip', 'br', 'identity'][i % 3]! };
    const [answer] = (await once(http.get({ port, path, headers, agent: false }), 'response')) as [
      IncomingMessage,
    ];
    await once(answer.resume(), 'end');
  };
  for (let i = 0; i < requests; i += 16) {
    await Promise.all(Array.from({ length: 16 }, (_, k) => ask(i + k)));
  }
}

async function measure(workers: number, args: string[]): Promise<string> {
  const lab = new Lab();
  try {
    const app = await bundleApp('gzip')(lab);
    const { roots, ports } = await radiant('client', args).start({ lab, app, workers });
    await fetchOften(ports[0]!, app.files!.paths[0]!);
    const cells = [residentBytes(treeOf(roots)), proportionalBytes(roots)].map((bytes) =>
      (bytes / 1e6).toFixed(0),
    );
    return `| ${[workers, args.length === 0 ? 'by the agent' : 'by the app', ...cells].join(' | ')} |`;
  } finally {
    await lab.close();
  }
}

console.log('| workers | static files | RSS MB | PSS MB |\n| --: | --- | --: | --: |');
for (const workers of [1, 8]) {
  for (const args of [[], ['--no-static']]) console.log(await measure(workers, args));
}
