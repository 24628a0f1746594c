import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { connectControl } from '../src/control/client.ts';
import { programPath } from '../src/installation.ts';
import { freePort } from '../test/support/radiant.ts';
import { Lab } from './lab.ts';
import { cpuMicroseconds, parseStat, residentBytes, treeOf } from './process-tree.ts';
import { median } from './statistics.ts';

/**
 * `npm run weight -- [--rounds N]`: what a process manager itself takes, beside pm2 (installed from npm for this) and the
 * bare app: memory after a start with one worker, CPU of starting and of asking how it is.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const rounds = Number(values.rounds);
const run = promisify(execFile);
const app = `require('http').createServer((_, answer) => answer.end('ok')).listen(process.env.PORT);\n`;
const settleMs = 2_000;

/** Its figures by what they measure: MB resident, or milliseconds of CPU. */
type Weighed = Record<string, number>;
interface Manager {
  start(port: number): Promise<unknown>;
  ask(): Promise<unknown>;
  stop(): Promise<unknown>;
  /** The processes that stay, by what they are. */
  processes(): Promise<Record<string, number>>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const megabytes = (pid: number): number => residentBytes([{ pid, started: '' }]) / 1e6;
const parentOf = (pid: number): number => parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).parent;

/** Milliseconds of CPU of a command and of all that it waits for, by bash's `times`. */
async function cpuOf(command: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$@" < /dev/null';
  const { stderr } = await run('bash', ['-c', script, 'bash', ...command], { env });
  const [user, system] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
  return (user! + system!) * 1000;
}

/** Of the processes that stay, until now. */
const cpuSoFar = (pids: number[]): number =>
  cpuMicroseconds(pids.flatMap((pid) => treeOf([pid]).filter((member) => member.pid === pid))) / 1000;

async function radiant(lab: Lab, script: string): Promise<Manager> {
  const home = await lab.folder();
  const env = { ...process.env, RADIANT_HOME: home, NO_COLOR: '1' };
  const command = (...args: string[]): Promise<number> =>
    cpuOf([process.execPath, programPath('cli'), ...args, '--name', 'app'], env);
  return {
    start: (port) =>
      command('start', script, '--port', `${port}`, '--workers', '1', '--node', process.execPath, '--detach'),
    ask: () => command('status'),
    stop: () => command('stop'),
    processes: async () => {
      const status = await connectControl(join(home, 'run/app/control.sock')).status({});
      const { pid } = status.supervisor;
      return { keeper: parentOf(pid), supervisor: pid, worker: status.workers[0]!.pid! };
    },
  };
}

async function pm2(lab: Lab, script: string, installed: string): Promise<Manager> {
  const home = await lab.folder();
  const env = (port = 0): NodeJS.ProcessEnv => ({ ...process.env, PM2_HOME: home, PORT: `${port}` });
  const command = (args: string[], port?: number): Promise<number> =>
    cpuOf([process.execPath, join(installed, 'node_modules/pm2/bin/pm2'), ...args], env(port));
  const pidIn = (file: string): number => Number(readFileSync(join(home, file), 'utf8'));
  return {
    start: (port) => command(['start', script, '--name', 'app', '-i', '1'], port),
    ask: () => command(['list']),
    stop: () => command(['kill']),
    processes: async () => ({ supervisor: pidIn('pm2.pid'), worker: pidIn('pids/app-0.pid') }),
  };
}

async function answers(port: number): Promise<void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    if (
      await fetch(`http://127.0.0.1:${port}`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
    // oxlint-disable-next-line no-await-in-loop
    await pause(20);
  }
}

async function weigh(manager: Manager): Promise<Weighed> {
  const port = await freePort();
  try {
    const command = (await manager.start(port)) as number;
    await answers(port);
    const processes = await manager.processes();
    const started = command + cpuSoFar(Object.values(processes));
    await pause(settleMs);
    const memory = Object.fromEntries(Object.entries(processes).map(([what, pid]) => [what, megabytes(pid)]));
    return { ...memory, start: started, status: (await manager.ask()) as number };
  } finally {
    await manager.stop().catch(() => {}); // it did not even start
  }
}

/** Node without anything but the app. */
async function weighBare(script: string): Promise<Weighed> {
  const lab = new Lab();
  const port = await freePort();
  try {
    const pid = await lab.start({
      program: process.execPath,
      args: [script],
      env: { PORT: `${port}` },
      ready: { port },
    });
    const start = cpuSoFar([pid]);
    await pause(settleMs);
    return { worker: megabytes(pid), start };
  } finally {
    await lab.close();
  }
}

/** The process that the command stays, where it does not detach itself. */
async function weighForeground(script: string): Promise<Weighed> {
  const lab = new Lab();
  const port = await freePort();
  const options = ['--port', `${port}`, '--workers', '1', '--node', process.execPath, '--name', 'app'];
  try {
    const pid = await lab.start({
      program: process.execPath,
      args: [programPath('cli'), 'start', script, ...options],
      env: { RADIANT_HOME: await lab.folder() },
      ready: { port },
    });
    await pause(settleMs);
    return { keeper: megabytes(pid) };
  } finally {
    await lab.close();
  }
}

function row(name: string, all: Weighed[]): string {
  const cell = (what: string): string => {
    const seen = all.flatMap((each) => each[what] ?? []);
    return seen.length === 0 ? '' : median(seen).toFixed(what === 'start' || what === 'status' ? 0 : 1);
  };
  return `| ${[name, ...['keeper', 'supervisor', 'worker', 'start', 'status'].map(cell)].join(' | ')} |`;
}

const lab = new Lab();
try {
  const folder = await lab.folder();
  const script = join(folder, 'app.js');
  await writeFile(script, app);
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, 'pm2@7'], { cwd: folder });
  if (!existsSync(join(folder, 'node_modules/pm2'))) throw new Error('pm2 could not be installed');
  const [bare, ours, attached, theirs]: Weighed[][] = [[], [], [], []];
  for (let round = 0; round < rounds; round += 1) {
    // oxlint-disable no-await-in-loop -- side by side, one after the other
    bare!.push(await weighBare(script));
    ours!.push(await weigh(await radiant(lab, script)));
    attached!.push(await weighForeground(script));
    theirs!.push(await weigh(await pm2(lab, script, folder)));
    // oxlint-enable no-await-in-loop
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/pm2/package.json'), 'utf8')) as {
    version: string;
  };
  console.log(
    `Node ${process.versions.node}, medians of ${rounds} rounds; MB resident, milliseconds of CPU\n`,
  );
  console.log('| | keeper | supervisor | worker | start | status |\n| --- | --: | --: | --: | --: | --: |');
  console.log(
    [
      row('bare app', bare!),
      row('Radiant', ours!),
      row('Radiant in the foreground', attached!),
      row(`pm2 ${version}`, theirs!),
    ].join('\n'),
  );
} finally {
  await lab.close();
}
