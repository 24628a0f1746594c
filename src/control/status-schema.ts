import type { ZodType } from 'zod';
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

export const certificates = (z: Zod): ZodType<CertificateStatus[]> =>
  z.array(
    z.object({
      names: z.array(z.string()),
      expires: z.string().nullable().describe('ISO 8601; null: there is none yet'),
      expiresSoon: z.boolean().describe('it should have been replaced by now'),
      issuer: z.string().nullable().describe('who vouches for it'),
      file: z.string().exactOptional().describe('where it was read from'),
      problem: z.string().exactOptional().describe('why what is in the file now is not served'),
      renewal: z
        .object({
          directory: z.string(),
          next: z.string().describe('when the certificate authority is asked next'),
          lastFailure: z.object({ at: z.string(), reason: z.string() }).exactOptional(),
        })
        .exactOptional()
        .describe('where Radiant gets it itself'),
    }),
  );

export const maintenance = (z: Zod): ZodType<MaintenanceStatus> =>
  z.object({
    since: z.string().describe('ISO 8601'),
    retryAfter: z.int().describe('seconds'),
    ownPage: z.boolean().describe('the page is not the built-in one'),
    close: z.boolean().describe('open WebSockets and long-poll sessions were closed too'),
  });

const scaling = (z: Zod): ZodType<ScalingStatus> =>
  z.object({
    wanted: z.int(),
    spare: z.int(),
    automatic: z
      .object({
        min: z.int(),
        max: z.int(),
        target: z.object({ eventLoop: z.number(), sessions: z.int(), memory: z.number() }),
      })
      .exactOptional()
      .describe('where the number follows the load: its limits and what is aimed at'),
    sample: z
      .object({
        at: z.number().describe("milliseconds of the supervisor's own clock"),
        workers: z.int(),
        eventLoop: z.number().describe('the busy shares of all event loops together'),
        sessions: z.int(),
        room: z.number().nullable().describe('how many more workers would fit into memory'),
      })
      .exactOptional()
      .describe('what the last decision went by'),
    last: z
      .object({ from: z.int(), to: z.int(), reason: z.string(), at: z.string() })
      .exactOptional()
      .describe('the last change of the wanted number, and why'),
    limit: z.string().exactOptional().describe('why there are fewer than the load asks for'),
  });

export const status = (z: Zod): ZodType<Status> =>
  z.object({
    name: z.string(),
    url: z.string(),
    state: z.enum(['starting', 'running', 'failing', 'stopping']),
    affinity: z.enum(['client', 'session', 'none']),
    release: z.int().describe('the release that serves new visitors'),
    scaling: scaling(z),
    rollout: z
      .object({ to: z.int(), step: z.enum(rolloutSteps) })
      .exactOptional()
      .describe('the deploy that is under way, or whose release is still watched'),
    wentBack: z
      .object({ from: z.int(), to: z.int(), reason: z.string(), at: z.string() })
      .exactOptional()
      .describe('the last release that was left by itself, and why'),
    admin: z
      .object({
        url: z.string(),
        tokenFile: z.string().exactOptional().describe('unless the configuration names the token'),
      })
      .exactOptional()
      .describe('where the page for operators is'),
    certificates: certificates(z).exactOptional().describe('what TLS is served with'),
    maintenance: maintenance(z).exactOptional().describe('visitors get the maintenance page'),
    supervisor: z.object({
      pid: z.int(),
      rssBytes: z.number(),
      uptimeSeconds: z.number(),
      version: z.string().describe("Radiant's own"),
      code: z.string().describe('the module that it runs from'),
    }),
    workers: z.array(
      z.object({
        slot: z.int(),
        release: z.int(),
        pid: z.int().nullable().describe('null while the slot has no process'),
        state: z.enum(workerStates),
        leader: z.boolean(),
        nodeVersion: z.string(),
        socketPath: z.string().describe("the stable name of the worker's UNIX socket"),
        uptimeSeconds: z.number(),
        restarts: z.int().describe("how often the slot's worker was replaced because it died"),
        connections: z.int(),
        websockets: z.int(),
        longPolls: z.int().describe('long-poll sessions that live in it'),
        requests: z.int(),
        eventLoopUtilization: z.number().describe('0 to 1, over the last second'),
        rssBytes: z.number(),
        lastExit: z.object({ reason: z.string(), output: z.array(z.string()) }).exactOptional(),
      }),
    ),
  });
