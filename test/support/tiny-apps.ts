import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RunningApp } from './radiant.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface TinyApp {
  /** It says so in each answer. */
  label: string;
  /** What it does at its start, instead of serving: `gated` serves as soon as the file `gate` is there. */
  start?: 'crash' | 'silent' | 'errors' | 'gated';
  gate?: string;
  /** What SIGUSR2 makes of a worker that serves. */
  breaks?: 'errors' | 'crash' | 'hang';
  /** A file where each worker notes when it becomes the leader and when it ceases to be. */
  journal?: string;
}

/** Runs on Node 14 too. */
const server = (app: TinyApp): string => `'use strict';
const fs = require('fs');
const http = require('http');
const app = ${JSON.stringify(app)};
let broken = false;
const note = (leader) => {
  const at = process.hrtime.bigint().toString();
  const variable = process.env.RADIANT_LEADER === '1';
  fs.appendFileSync(app.journal, JSON.stringify({ pid: process.pid, leader, variable, at }) + '\\n');
};
if (app.journal) {
  if (process.radiant.leader) note(true);
  process.radiant.on('leader', note);
}
process.on('SIGUSR2', () => {
  if (app.breaks === 'crash') throw new Error('it broke');
  if (app.breaks === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15000);
  else broken = true;
});
const server = http.createServer((request, response) => {
  if (broken || app.start === 'errors') response.statusCode = 500;
  const { pid, version, env } = process;
  response.end(JSON.stringify({ pid, label: app.label, node: version, settings: env.METEOR_SETTINGS }));
});
const listen = () => {
  if (app.start === 'gated' && !fs.existsSync(app.gate)) setTimeout(listen, 20);
  else server.listen(process.env.PORT, process.env.BIND_IP);
};
console.log('hello from ' + app.label);
if (app.start === 'crash') {
  console.error('no database for ' + app.label);
  process.exit(3);
} else if (app.start === 'silent') setInterval(() => {}, 1000);
else listen();
`;

/** A folder that is gone after the test, or at the end of the file when an app still writes into it by then. */
export async function testFolder(t: TestContext): Promise<string> {
  const folder = temporaryFolder('rad-tiny-');
  t.after(() => rm(folder, { recursive: true, force: true }).catch(() => {}));
  return folder;
}

/** Writes a plain Node app and gives its folder. */
export async function tinyApp(root: string, app: TinyApp): Promise<string> {
  const folder = join(root, app.label);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: app.label, main: 'server.js' }));
  await writeFile(join(folder, 'server.js'), server(app));
  return folder;
}

/** Writes what Radiant takes for a Meteor bundle; with `manifest`, its server has that package.json. */
export async function tinyBundle(
  root: string,
  app: TinyApp,
  { node = process.versions.node, manifest }: { node?: string; manifest?: object } = {},
): Promise<string> {
  const folder = join(root, app.label);
  const program = join(folder, 'programs', 'server');
  await mkdir(program, { recursive: true });
  await writeFile(join(folder, 'star.json'), JSON.stringify({ nodeVersion: node, programs: [] }));
  await writeFile(join(folder, 'main.js'), server(app));
  await writeFile(join(program, 'boot.js'), '');
  if (manifest !== undefined) await writeFile(join(program, 'package.json'), JSON.stringify(manifest));
  return folder;
}

/** The processes that serve visitors, in order. */
export async function serving(app: RunningApp): Promise<number[]> {
  const { workers, release } = await app.status();
  return workers
    .filter((worker) => worker.state === 'ready' && worker.release === release)
    .map(({ pid }) => pid!)
    .toSorted((a, b) => a - b);
}

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What `radiant releases --json` says of one release. */
export interface ListedRelease {
  number: number;
  current: boolean;
  outcome: { state: string; reason?: string };
  nodeVersion: string;
}

interface Note {
  pid: number;
  leader: boolean;
  variable: boolean;
  at: string;
}

/** Reads who led when. Nobody may lead before the one before has ceased to; returns the one who leads at the end. */
export async function leaders(journal: string): Promise<{ terms: number; last: number | undefined }> {
  const notes = (await readFile(journal, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Note);
  notes.sort((a, b) => Number(BigInt(a.at) - BigInt(b.at)));
  let last: number | undefined;
  for (const { pid, leader, variable } of notes) {
    assert.equal(variable, leader, 'RADIANT_LEADER says the same');
    assert.equal(last, leader ? undefined : pid, `one leader at a time: ${JSON.stringify(notes)}`);
    last = leader ? pid : undefined;
  }
  return { terms: notes.filter(({ leader }) => leader).length, last };
}
