import type { Departures } from '../running/departures.ts';
import type { ZodMiniType } from 'zod/mini';
import type { Zod } from '../config/values/kind.ts';
import type { CertificateStatus, MaintenanceStatus, ScalingStatus, Status } from '../running/status.ts';

const workerStates = [
  'starting',
  'ready',
  'closed',
  'spare',
  'draining',
  'standby',
  'stopping',
  'waiting',
  'failing',
] as const;

const rolloutSteps = [
  'first',
  'others',
  'switched',
  'draining',
  'watching',
  'done',
  'failed',
  'back',
] as const;

export const certificates = (z: Zod): ZodMiniType<CertificateStatus[]> =>
  z.array(
    z.object({
      names: z.array(z.string()),
      expires: z.nullable(z.string()).check(z.describe('ISO 8601; null: there is none yet')),
      expiresSoon: z.boolean().check(z.describe('it should have been replaced by now')),
      issuer: z.nullable(z.string()).check(z.describe('who vouches for it')),
      file: z.exactOptional(z.string()).check(z.describe('where it was read from')),
      problem: z.exactOptional(z.string()).check(z.describe('why what is in the file now is not served')),
      renewal: z
        .exactOptional(
          z.object({
            directory: z.string(),
            next: z.string().check(z.describe('when the certificate authority is asked next')),
            lastFailure: z.exactOptional(z.object({ at: z.string(), reason: z.string() })),
          }),
        )
        .check(z.describe('where Radiant gets it itself')),
    }),
  );

export const maintenance = (z: Zod): ZodMiniType<MaintenanceStatus> =>
  z.object({
    since: z.string().check(z.describe('ISO 8601')),
    retryAfter: z.int().check(z.describe('seconds')),
    ownPage: z.boolean().check(z.describe('the page is not the built-in one')),
    close: z.boolean().check(z.describe('open WebSockets and long-poll sessions were closed too')),
  });

const scaling = (z: Zod): ZodMiniType<ScalingStatus> =>
  z.object({
    wanted: z.int(),
    spare: z.int(),
    automatic: z
      .exactOptional(
        z.object({
          min: z.int(),
          max: z.int(),
          target: z.object({ eventLoop: z.number(), sessions: z.int(), memory: z.number() }),
        }),
      )
      .check(z.describe('where the number follows the load: its limits and what is aimed at')),
    sample: z
      .exactOptional(
        z.object({
          at: z.number().check(z.describe("milliseconds of the supervisor's own clock")),
          workers: z.int(),
          eventLoop: z.number().check(z.describe('the busy shares of all event loops together')),
          sessions: z.int(),
          room: z.nullable(z.number()).check(z.describe('how many more workers would fit into memory')),
        }),
      )
      .check(z.describe('what the last decision went by')),
    last: z
      .exactOptional(z.object({ from: z.int(), to: z.int(), reason: z.string(), at: z.string() }))
      .check(z.describe('the last change of the wanted number, and why')),
    limit: z.exactOptional(z.string()).check(z.describe('why there are fewer than the load asks for')),
  });

export const departures = (z: Zod): ZodMiniType<Departures> =>
  z
    .object({
      handedOver: z.int().check(z.describe('live sessions that went on in another worker')),
      reconnected: z
        .record(z.string(), z.int())
        .check(z.describe('clients that were told to connect anew, by the reason')),
    })
    .check(z.describe('the clients of workers that emptied'));

export const status = (z: Zod): ZodMiniType<Status> =>
  z.object({
    name: z.string(),
    url: z.string(),
    state: z.enum(['starting', 'running', 'failing', 'stopping']),
    affinity: z.enum(['client', 'session', 'none']),
    release: z.int().check(z.describe('the release that serves new visitors')),
    scaling: scaling(z),
    rollout: z
      .exactOptional(z.object({ to: z.int(), step: z.enum(rolloutSteps) }))
      .check(z.describe('the deploy that is under way, or whose release is still watched')),
    departures: z.exactOptional(departures(z)),
    wentBack: z
      .exactOptional(z.object({ from: z.int(), to: z.int(), reason: z.string(), at: z.string() }))
      .check(z.describe('the last release that was left by itself, and why')),
    admin: z
      .exactOptional(
        z.object({
          url: z.string(),
          tokenFile: z
            .exactOptional(z.string())
            .check(z.describe('unless the configuration names the token')),
        }),
      )
      .check(z.describe('where the page for operators is')),
    certificates: z.exactOptional(certificates(z)).check(z.describe('what TLS is served with')),
    maintenance: z.exactOptional(maintenance(z)).check(z.describe('visitors get the maintenance page')),
    supervisor: z.object({
      pid: z.int(),
      rssBytes: z.number(),
      uptimeSeconds: z.number(),
      version: z.string().check(z.describe("Radiant's own")),
      code: z.string().check(z.describe('the module that it runs from')),
    }),
    workers: z.array(
      z.object({
        slot: z.int(),
        release: z.int(),
        pid: z.nullable(z.int()).check(z.describe('null while the slot has no process')),
        state: z.enum(workerStates),
        leader: z.boolean(),
        nodeVersion: z.string(),
        socketPath: z.string().check(z.describe("the stable name of the worker's UNIX socket")),
        uptimeSeconds: z.number(),
        restarts: z.int().check(z.describe("how often the slot's worker was replaced because it died")),
        connections: z.int(),
        websockets: z.int(),
        longPolls: z.int().check(z.describe('long-poll sessions that live in it')),
        requests: z.int(),
        eventLoopUtilization: z.number().check(z.describe('0 to 1, over the last second')),
        rssBytes: z.number(),
        lastExit: z.exactOptional(z.object({ reason: z.string(), output: z.array(z.string()) })),
      }),
    ),
  });
