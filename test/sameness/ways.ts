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
  /** `odd`: of two manners the other. */
  open(stage: Stage, odd: boolean): Promise<Ready>;
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

export const bare: Way = {
  name: 'bare',
  stand: 'bare',
  open: async (stage, odd) => {
    const address = local(stage.barePort);
    // What went before must not matter.
    if (odd) return { ...(await primed(stage, 'bare', address, primeWithBody)), slot: () => 1 };
    return { connection: new Connection(address), slot: () => 1 };
  },
};

const kept: Way = {
  name: 'kept',
  stand: 'plain',
  open: async (stage) => {
    const { connection, holder } = await primed(stage, 'plain', local(stage.port('plain')), prime);
    return { connection, slot: () => holder };
  },
};

const moved: Way = {
  name: 'moved',
  stand: 'plain',
  open: async (stage, odd) => {
    const address = local(stage.port('plain'));
    // One half with the first request that it has, from wherever the kernel gave it.
    if (odd) {
      const { slot } = stage.workers('plain')[Math.random() < 0.5 ? 0 : 1]!;
      return { connection: new Connection(address), slot: () => slot };
    }
    const { connection, holder } = await primed(stage, 'plain', address, prime);
    const slot = otherThan(stage, 'plain', holder);
    return { connection, slot: () => slot };
  },
};

const forwarded: Way = {
  name: 'forwarded',
  stand: 'plain',
  open: async (stage, odd) => {
    const { connection, holder } = await primed(stage, 'plain', local(stage.port('plain')), primeWithBody);
    const other = otherThan(stage, 'plain', holder);
    return { connection, slot: (request) => (odd && request % 2 === 1 ? holder : other) };
  },
};

const https: Way = {
  name: 'https',
  stand: 'secure',
  encrypted: true,
  open: async (stage, odd) => {
    const { connection, holder } = await primed(stage, 'secure', local(stage.port('secure'), true), prime);
    const other = otherThan(stage, 'secure', holder);
    return { connection, slot: (request) => (odd && request % 2 === 1 ? holder : other) };
  },
};

/** Each request may be of another client. */
const shared: Way = {
  name: 'shared',
  stand: 'proxied',
  proxied: true,
  open: async (stage, odd) => {
    const { connection, holder } = await primed(stage, 'proxied', local(stage.port('proxied')), prime);
    const other = otherThan(stage, 'proxied', holder);
    return { connection, slot: (request) => (request % 2 === (odd ? 1 : 0) ? other : holder) };
  },
};

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
const chosen = process.env.RADIANT_WAYS?.split(',');

/** All, or those that RADIANT_WAYS names. */
export const ways: readonly Way[] = all.filter(({ name }) => chosen?.includes(name) ?? true);
