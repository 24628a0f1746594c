import { Connection, type Address } from './connection.ts';
import type { Stage, Stand } from './stage.ts';

/** A connection on which a case can be played. */
export interface Ready {
  connection: Connection;
  slot: (request: number) => number;
}

/** How requests come to the worker that answers them. */
export interface Way {
  name: string;
  stand: Stand;
  /** A proxy asks for many clients on this connection. */
  proxied?: true;
  /** The client's connection is an encrypted one. */
  encrypted?: true;
  /** Streams of HTTP/2. */
  http2?: true;
  /** `odd`: of two manners the other; `alone`: no request may have been on the connection before. */
  open(stage: Stage, odd: boolean, alone: boolean): Promise<Ready>;
}

const prime = 'GET /prime HTTP/1.1\r\nHost: app\r\n\r\n';
/** What was read after a body is not known to the byte: such a connection stays where it is. */
const primeWithBody = 'POST /prime HTTP/1.1\r\nHost: app\r\nContent-Length: 2\r\n\r\nhi';

const local = (port: number, secure = false): Address => ({ port, host: '127.0.0.1', secure });

/** Connects, and asks for the process that has the connection; returns its slot. */
async function primed(
  stage: Stage,
  stand: Stand,
  address: Address,
  first: string,
): Promise<{ connection: Connection; holder: number }> {
  const connection = new Connection(address);
  connection.send(first);
  const answer = await connection.answer('GET', 20_000);
  if (answer === undefined)
    throw new Error(`${stand}: no answer to the first request, ${connection.end ?? 'none'}`);
  return { connection, holder: stage.slotOf(stand, Number(answer.body)) };
}

const otherThan = (stage: Stage, stand: Stand, slot: number): number =>
  stage.workers(stand).find((worker) => worker.slot !== slot)?.slot ?? slot;

/** A connection that had no request before; whether its client belongs to who has it is chance. */
function fresh(stage: Stage, stand: Stand, address: Address, odd: boolean): Ready {
  const { slot } = stage.workers(stand)[odd ? 0 : 1] ?? { slot: 1 };
  return { connection: new Connection(address), slot: () => slot };
}

/** A way over a public port: `slots` says who owns the clients of the requests, from who has the connection and who has not. */
function byPort(
  way: Omit<Way, 'open'>,
  first: (odd: boolean) => string | undefined,
  slots: (holder: number, other: number, odd: boolean) => (request: number) => number,
): Way {
  return {
    ...way,
    open: async (stage, odd, alone) => {
      const address = local(stage.port(way.stand), way.encrypted);
      const before = first(odd);
      if (alone || before === undefined) return fresh(stage, way.stand, address, odd);
      const { connection, holder } = await primed(stage, way.stand, address, before);
      return { connection, slot: slots(holder, otherThan(stage, way.stand, holder), odd) };
    },
  };
}

/** With and without a request before, which must not matter. */
export const bare = byPort(
  { name: 'bare', stand: 'bare' },
  (odd) => (odd ? primeWithBody : undefined),
  () => () => 1,
);

const kept = byPort(
  { name: 'kept', stand: 'plain' },
  () => prime,
  (holder) => () => holder,
);

/** With the first request of a connection, or with a later one. */
const moved = byPort(
  { name: 'moved', stand: 'plain' },
  (odd) => (odd ? undefined : prime),
  (_holder, other) => () => other,
);

const forwarded = byPort(
  { name: 'forwarded', stand: 'plain' },
  () => primeWithBody,
  (holder, other, odd) => (request) => (odd && request % 2 === 1 ? holder : other),
);

const https = byPort(
  { name: 'https', stand: 'secure', encrypted: true },
  () => prime,
  (holder, other, odd) => (request) => (odd && request % 2 === 1 ? holder : other),
);

/** Each request may be of another client. */
const shared = byPort(
  { name: 'shared', stand: 'proxied', proxied: true },
  () => prime,
  (holder, other, odd) => (request) => (request % 2 === (odd ? 1 : 0) ? other : holder),
);

const socket: Way = {
  name: 'socket',
  stand: 'plain',
  open: async (stage, odd) => {
    const [one, two] = stage.workers('plain');
    const connection = new Connection({ path: (odd ? one! : two!).socketPath });
    const slots = odd ? [two!.slot, one!.slot] : [one!.slot, two!.slot];
    return { connection, slot: (request) => slots[request % 2]! };
  },
};

/** Whose connection it is does not matter: each request goes where its client belongs. */
const http2: Way = {
  name: 'http2',
  stand: 'secure',
  encrypted: true,
  http2: true,
  open: () => Promise.reject(new Error('streams share connections')),
};

const all: readonly Way[] = [kept, moved, forwarded, https, shared, socket, http2];
export const chosen = process.env.RADIANT_WAYS?.split(',');

/** All, or those that RADIANT_WAYS names. */
export const ways: readonly Way[] = all.filter(({ name }) => chosen?.includes(name) ?? true);
