import type { ZodMiniType } from 'zod/mini';
import type { Zod } from '../config/values/kind.ts';
import { maxWorkers } from '../config/values/workers.ts';
import { RadiantError } from '../common/errors.ts';
import type { Fleet } from '../running/operations.ts';
import { certificates, departures, maintenance, status } from './status-schema.ts';

/**
 * What can be asked of a running app. The HTTP routes, the client and docs/reference.md follow from this table.
 * Schemas are functions of zod, so that a client can use the table without the time that loading zod takes.
 */
export interface Operation<In, Out> {
  method: 'GET' | 'POST';
  summary: string;
  input: (z: Zod) => ZodMiniType<In>;
  output: (z: Zod) => ZodMiniType<Out>;
  /** `gone` fires when the asking end has gone before it was answered. */
  run: (fleet: Fleet, input: In, gone: AbortSignal) => Out | Promise<Out>;
}

function operation<In, Out>(entry: Operation<In, Out>): Operation<In, Out> {
  return entry;
}

const nothing = (z: Zod): ZodMiniType<Record<string, never>> => z.strictObject({});

/** Bytes of a maintenance page: every worker keeps it in memory. */
export const longestPage = 256 * 1024;

function target(current: number, workers: number | string): number {
  const relative = typeof workers === 'string' && /^[+-]/.test(workers);
  const wanted = relative ? current + Number(workers) : Number(workers);
  if (wanted >= 1 && wanted <= maxWorkers) return wanted;
  throw new RadiantError(
    'OPERATION_FAILED',
    `there cannot be ${wanted} workers (there are ${current})`,
    `Ask for 1 to ${maxWorkers}; \`radiant stop\` stops the app`,
  );
}

export const operations = {
  status: operation({
    method: 'GET',
    summary: 'How the app and each of its workers are',
    input: nothing,
    output: status,
    run: (fleet) => fleet.status(),
  }),
  scale: operation({
    method: 'POST',
    summary: 'Changes how many workers there are; done when all new ones are ready and the others have ended',
    input: (z) =>
      z.strictObject({
        workers: z
          .union([z.int(), z.string().check(z.regex(/^[+-]?\d{1,4}$/))])
          .check(z.describe('a number, or a change such as `"+1"` or `"-2"`')),
      }),
    output: (z) =>
      z.object({ before: z.int(), workers: z.int(), departures: z.exactOptional(departures(z)) }),
    run: async (fleet, input) => {
      const before = fleet.status().scaling.wanted;
      const workers = target(before, input.workers);
      return { departures: await fleet.scale(workers), before, workers };
    },
  }),
  restart: operation({
    method: 'POST',
    summary: 'Replaces every worker, one after the other, without a gap; done when the last new one is ready',
    input: nothing,
    output: (z) => z.object({ workers: z.int(), departures: z.exactOptional(departures(z)) }),
    run: async (fleet) => ({
      departures: await fleet.restart(),
      workers: fleet.status().scaling.wanted,
    }),
  }),
  replace: operation({
    method: 'POST',
    summary:
      'Replaces one worker: its successor starts first, then it finishes what it has; done when it has ended',
    input: (z) =>
      z.strictObject({
        worker: z.int().check(z.minimum(1), z.maximum(maxWorkers), z.describe('the number of its slot')),
      }),
    output: (z) =>
      z.object({
        worker: z.int(),
        pid: z.nullable(z.int()).check(z.describe("the successor's")),
        departures: z.exactOptional(departures(z)),
      }),
    run: async (fleet, { worker }) => {
      const left = await fleet.replace(worker);
      const successor = fleet
        .status()
        .workers.find(({ slot, state }) => slot === worker && (state === 'ready' || state === 'spare'));
      return { worker, pid: successor?.pid ?? null, departures: left };
    },
  }),
  deploy: operation({
    method: 'POST',
    summary:
      'Puts a staged release in the place of the one that serves; done when its sessions have moved. Until the ' +
      'switch, closing the connection ends it',
    input: (z) =>
      z.strictObject({
        release: z.int(),
        strategy: z.enum(['blue-green', 'rolling']),
        surge: z.int().check(z.minimum(1), z.describe('new workers at a time, for `rolling`')),
        watch: z.int().check(z.minimum(0), z.describe('milliseconds')),
      }),
    output: (z) =>
      z.object({
        from: z.int(),
        to: z.int(),
        switchedInMs: z.int(),
        ms: z.int(),
        sessionsMoved: z.int(),
        departures: z.exactOptional(departures(z)),
        requestsFailed: z.int().check(z.describe('requests that were cut off in old workers')),
        busiestSecond: z
          .object({ goodbyes: z.int(), limit: z.number() })
          .check(
            z.describe(
              'sessions that were told to go in the fullest second, and how many would have been let go',
            ),
          ),
      }),
    run: (fleet, input, gone) => fleet.deploy(input, gone),
  }),
  maintain: operation({
    method: 'POST',
    summary:
      'Shows visitors a maintenance page (503) instead of the app, or the app again; kept over restarts',
    input: (z) =>
      z.strictObject({
        on: z.boolean(),
        page: z
          .exactOptional(z.string().check(z.minLength(1), z.maxLength(longestPage)))
          .check(z.describe('HTML, if not the built-in page')),
        retryAfter: z.int().check(z.minimum(1), z.maximum(604_800), z.describe('seconds')),
        close: z.boolean().check(z.describe('open WebSockets and long-poll sessions end too')),
      }),
    output: (z) => z.object({ maintenance: z.nullable(maintenance(z)) }),
    run: async (fleet, input) => ({ maintenance: (await fleet.maintain(input)) ?? null }),
  }),
  reloadCertificates: operation({
    method: 'POST',
    summary: 'Reads the certificates and keys again; new connections get them, open ones are left alone',
    input: nothing,
    output: (z) => z.object({ certificates: certificates(z) }),
    run: (fleet) => ({ certificates: fleet.reloadCertificates() }),
  }),
  renewCertificate: operation({
    method: 'POST',
    summary:
      'Asks the certificate authority for a new certificate now; done when new connections get it. What has begun ' +
      'goes on when the connection is closed',
    input: nothing,
    output: (z) => z.object({ certificates: certificates(z) }),
    run: async (fleet) => ({ certificates: await fleet.renewCertificate() }),
  }),
  handOver: operation({
    method: 'POST',
    summary:
      'Ends the supervisor and leaves its workers to the next one, which `successor` names the code of; what ' +
      '`radiant upgrade` and a keeper that takes over ask for',
    input: (z) =>
      z.strictObject({ successor: z.exactOptional(z.strictObject({ node: z.string(), entry: z.string() })) }),
    output: (z) => z.object({ pid: z.int().check(z.describe('of the supervisor that ends')) }),
    run: (fleet, { successor }) => {
      const { pid } = fleet.status().supervisor;
      fleet.handOver(successor);
      return { pid };
    },
  }),
  stop: operation({
    method: 'POST',
    summary: 'Stops the app gracefully, by force after killTimeout; done when no worker is left',
    input: nothing,
    output: (z) => z.object({ workers: z.int().check(z.describe('how many were stopped')) }),
    run: async (fleet) => {
      const workers = fleet.status().workers.filter(({ pid }) => pid !== null).length;
      await fleet.stop();
      return { workers };
    },
  }),
} as const;

export type OperationName = keyof typeof operations;
export type Input<N extends OperationName> = Parameters<(typeof operations)[N]['run']>[1];
export type Output<N extends OperationName> = Awaited<ReturnType<(typeof operations)[N]['run']>>;

/** Where the stream of events is, beside the operations. */
export const eventsPath = '/events';

/** Where the metrics are. */
export const metricsPath = '/metrics';

/** How an error travels. */
export interface ErrorBody {
  error: { code: string; message: string; remedy: string };
}
