import { build, type Plugin } from 'esbuild';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentPath } from '../../src/installation.ts';

const agent = fileURLToPath(new URL('../../src/agent/main.ts', import.meta.url));
const guard = /^(\s*)\} catch \(error\) \{\n\s*fault\(([^,]+), error\)/;

const continuation = '[then as never, undefined]';

/** Has each `try` whose `catch` tells a fault begin with a call that may throw, and what follows a promise too. */
function withFaults(text: string): string {
  const throwing = "[(value) => (globalThis.radiantTestFault?.('promise'), then(value)), undefined]";
  const lines = text.replace(continuation, throwing).split('\n');
  for (let i = lines.length - 1; i > 0; i -= 1) {
    const [, indent, entry] = guard.exec(lines.slice(i, i + 2).join('\n')) ?? [];
    if (entry === undefined) continue;
    const start = lines.lastIndexOf(`${indent}try {`, i);
    if (start < 0) throw new Error(`no try for: ${lines[i + 1]}`);
    lines[start] += ` globalThis.radiantTestFault?.(${entry});`;
  }
  return lines.join('\n');
}

const plugin: Plugin = {
  name: 'faults',
  setup: ({ onLoad }) =>
    onLoad({ filter: /src\/agent\/.*\.ts$/ }, ({ path }) => ({
      contents: withFaults(readFileSync(path, 'utf8')),
      loader: 'ts',
    })),
};

/** Throws where the file of FAULT says, once in each process. */
const banner = `{
  const fs = require('fs');
  const thrown = new Set();
  globalThis.radiantTestFault = (entry) => {
    let wanted = '';
    try {
      wanted = fs.readFileSync(process.env.FAULT, 'utf8');
    } catch {}
    if (wanted !== entry || thrown.has(entry)) return;
    thrown.add(entry);
    throw new Error('injected into ' + entry);
  };
}`;

/** A `node` in `folder` that preloads, in the place of the agent, one that fails when it is told to. */
export async function nodeWithFaultyAgent(folder: string, node: string): Promise<string> {
  const outfile = join(folder, 'faulty-agent.cjs');
  await build({
    entryPoints: [agent],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node14.17',
    outfile,
    banner: { js: banner },
    plugins: [plugin],
    logLevel: 'warning',
  });
  const path = join(folder, 'node');
  const script = `#!/bin/sh
for arg do
  shift
  [ "$arg" = '${agentPath}' ] && arg='${outfile}'
  set -- "$@" "$arg"
done
exec '${node}' "$@"
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}
