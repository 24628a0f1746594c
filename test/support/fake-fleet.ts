import type { CertificateStatus, Status, WorkerStatus } from '../../src/running/status.ts';
import type { Fleet } from '../../src/running/operations.ts';
import type { Departures } from '../../src/running/departures.ts';
import type { FleetEvent } from '../../src/running/events.ts';

/** A fleet of no processes, for tests: it notes what it is asked and does it at once. */
export interface FakeFleet extends Fleet {
  readonly calls: string[];
  emit(event: FleetEvent): void;
  /** The next operation fails with this. */
  failWith(error: Error): void;
  readonly listeners: Set<(event: FleetEvent) => void>;
}

export function fakeWorker(slot: number, rest: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    slot,
    release: 1,
    pid: 1000 + slot,
    state: 'ready',
    leader: slot === 1,
    nodeVersion: '20.18.0',
    socketPath: `/run/radiant/shop/shop.${slot}.sock`,
    uptimeSeconds: 75,
    restarts: 0,
    connections: 12,
    websockets: 8,
    longPolls: 0,
    requests: 12345,
    eventLoopUtilization: 0.123,
    rssBytes: 107 * 1024 * 1024,
    ...rest,
  };
}

export function fakeStatus(rest: Partial<Status> = {}): Status {
  return {
    name: 'shop',
    url: 'http://localhost:3000',
    state: 'running',
    affinity: 'client',
    release: 1,
    scaling: { spare: 0, wanted: 2 },
    supervisor: {
      pid: 999,
      rssBytes: 60 * 1024 * 1024,
      uptimeSeconds: 80,
      version: '1.2.3',
      code: '/opt/radiant/main.js',
    },
    workers: [fakeWorker(1), fakeWorker(2)],
    ...rest,
  };
}

/** Whom each operation's workers have lost. */
export const fakeDepartures: Departures = { handedOver: 11, reconnected: { 'state over 1 MB': 1 } };

const deployed = {
  switchedInMs: 900,
  ms: 1500,
  sessionsMoved: 12,
  requestsFailed: 0,
  busiestSecond: { goodbyes: 5, limit: 100 },
};

export const fakeCertificate: CertificateStatus = {
  names: ['shop.example.com'],
  expires: '2027-01-31T12:00:00.000Z',
  expiresSoon: false,
  issuer: "Let's Encrypt R11",
  file: '/etc/tls/fullchain.pem',
};

export function fakeFleet(status: Status = fakeStatus()): FakeFleet {
  const listeners = new Set<(event: FleetEvent) => void>();
  const calls: string[] = [];
  let failure: Error | undefined;
  const act = async (call: string): Promise<Departures> => {
    calls.push(call);
    const error = failure;
    failure = undefined;
    if (error) throw error;
    return fakeDepartures;
  };
  return {
    calls,
    listeners,
    emit: (event) => {
      for (const listener of listeners) listener(event);
    },
    failWith: (error) => {
      failure = error;
    },
    status: () => status,
    scale: async (workers) => {
      const departures = await act(`scale ${workers}`);
      status.scaling.wanted = workers;
      status.workers = Array.from({ length: workers }, (_, index) => fakeWorker(index + 1));
      return departures;
    },
    restart: () => act('restart'),
    replace: (slot) => act(`replace ${slot}`),
    deploy: async ({ release, strategy }, signal) => {
      await act(`deploy ${release} ${strategy}`);
      signal.throwIfAborted();
      const from = status.release;
      status.release = release;
      return { from, to: release, ...deployed };
    },
    maintain: async ({ on, page, retryAfter, close }) => {
      await act(`maintain ${on ? 'on' : 'off'}`);
      delete status.maintenance;
      if (!on) return undefined;
      const since = '2027-01-31T12:00:00.000Z';
      status.maintenance = { since, retryAfter, ownPage: page !== undefined, close };
      return status.maintenance;
    },
    reloadCertificates: () => {
      calls.push('reloadCertificates');
      return [fakeCertificate];
    },
    renewCertificate: async () => {
      await act('renewCertificate');
      return [fakeCertificate];
    },
    handOver: () => void calls.push('handOver'),
    stop: async () => void (await act('stop')),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What a scrape of it gives. */
export const fakeMetrics = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  text: async () => 'radiant_workers{state="ready"} 2\n',
};
