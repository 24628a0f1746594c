import { readdirSync, readFileSync } from 'node:fs';
import type { Control } from '../../src/control/client.ts';
import { findApp } from '../../src/control/discover.ts';
import { RadiantError } from '../../src/common/errors.ts';
import { homes } from '../../src/disk/paths.ts';
import { runCommand } from './command.ts';
import type { RunningApp } from './radiant.ts';
import type { Random } from './random.ts';

/** Of what an operation can change, what it changes, and to what. */
export interface Effect {
  what: 'workers' | 'release' | 'maintenance';
  value: number | boolean;
}

/** An operation that was asked for. */
export interface Asked {
  text: string;
  effect?: Effect;
  begun: number;
  ended: number;
  /** `done`, or why not. */
  answer: string;
}

/** An operation to ask for; resolves with its answer. */
export interface Operation {
  text: string;
  effect?: Effect;
  run: (app: RunningApp) => Promise<string>;
}

/** What may go wrong with an operation that others cross, or whose supervisor dies. */
const expected = new Set([
  'OPERATION_FAILED',
  'DEPLOY_FAILED',
  'DEPLOY_LOCKED',
  'RELEASE_NOT_FOUND',
  'NOT_RUNNING',
]);
/** Exit codes: an error of Radiant's own would be another one. */
const exitCodes = new Set([1, 3, 4, 5, 6]);

const byControl =
  (ask: (control: Control) => Promise<unknown>) =>
  ({ home, name }: RunningApp): Promise<string> =>
    findApp(homes({ RADIANT_HOME: home }), name)
      .then(({ control }) => ask(control))
      .then(
        () => 'done',
        (error: unknown) => {
          if (error instanceof RadiantError && expected.has(error.code)) return error.message;
          throw error;
        },
      );

const byCommand =
  (...args: string[]) =>
  async (app: RunningApp): Promise<string> => {
    const { code, output } = await runCommand(app, args);
    if (code !== 0 && !exitCodes.has(code!)) throw new Error(`radiant ${args.join(' ')}: ${code}\n${output}`);
    return code === 0 ? 'done' : output;
  };

/** An operation of a random kind. `releases`: the apps that can be deployed, and the numbers of those that were. */
export function randomOperation(
  random: Random,
  apps: readonly string[],
  numbers: readonly number[],
): Operation {
  const app = random.pick(apps);
  const number = random.pick(numbers);
  const workers = random.int(1, 4);
  const on = random.percent(50);
  const kinds: readonly [weight: number, operation: Operation][] = [
    [
      5,
      {
        text: `scale ${workers}`,
        effect: { what: 'workers', value: workers },
        run: byControl((control) => control.scale({ workers })),
      },
    ],
    [3, { text: 'restart', run: byControl((control) => control.restart({})) }],
    [4, { text: `replace ${workers}`, run: byControl((control) => control.replace({ worker: workers })) }],
    [2, { text: `deploy ${app}`, run: byCommand('deploy', app, '--watch', '1s') }],
    [
      1,
      {
        text: `rollback ${number}`,
        effect: { what: 'release', value: number },
        run: byCommand('rollback', String(number)),
      },
    ],
    [
      4,
      {
        text: `maintenance ${on ? 'on' : 'off'}`,
        effect: { what: 'maintenance', value: on },
        run: byControl((control) => control.maintain({ on, retryAfter: 5, close: false })),
      },
    ],
    [2, { text: 'tls reload', run: byControl((control) => control.reloadCertificates({})) }],
    [1, { text: 'upgrade', run: byCommand('upgrade') }],
  ];
  return random.pick(kinds.flatMap(([weight, operation]) => Array.from({ length: weight }, () => operation)));
}

/**
 * Whether some order of the operations that were asked for ends with `value`: one that brings it may have been the last, since
 * none that surely brought something else began after its end.
 */
export function isExplained(
  asked: readonly Asked[],
  { what, value }: Effect,
  initial: Effect['value'],
): boolean {
  const concerned = asked.filter(({ effect }) => effect?.what === what);
  const others = (since: number): boolean =>
    concerned.some(
      ({ effect, begun, answer }) => effect!.value !== value && answer === 'done' && begun > since,
    );
  if (value === initial && !others(-1)) return true;
  return concerned.some(({ effect, ended }) => effect!.value === value && !others(ended));
}

/** The processes that have this in their environment, but for those that have ended and were not reaped yet. */
export function processesWith(variable: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(variable)
        ? [Number(name)]
        : [];
    } catch {
      return []; // it has ended
    }
  });
}
