import { boolean, listOf, nullable, number, optional, record, string, type MessageOf } from './shape.ts';

/** Raised when a message changes its meaning; workers that speak another version are told and heard only what `farewell` holds. */
export const protocolVersion = 2;

const load = {
  /** Share of the last second that the event loop was busy, 0 to 1. */
  eventLoopUtilization: number,
  rssBytes: number,
  /** Open connections of the app's server. */
  connections: number,
  /** Requests answered since the worker started. */
  requests: number,
  /** Requests that are being answered. */
  active: number,
  /** Answers with a status of 500 or more since the worker started. */
  failures: number,
  /** While it drains: sessions and WebSockets that have not been told to go. */
  goodbyes: number,
};

const family = record({
  name: string,
  series: listOf(record({ labels: listOf(string), values: listOf(number) })),
});
const appFamily = record({
  name: string,
  help: string,
  kind: string,
  samples: listOf(record({ name: string, labels: listOf(string), value: number })),
});

/** Of client addresses (IPv6: /64 prefixes), how many of something each has. */
const tally = listOf(record({ address: string, count: number }));

/** What an agent tells its supervisor, as lines of JSON over `agents.sock`. */
export const agentMessages = {
  /** The first line: who is there. Sent again to the supervisor that follows one that died. */
  hello: {
    version: number,
    token: string,
    /** The worker's number: no other process that lives has it. */
    worker: number,
    pid: number,
    /** The app's server listens. */
    listening: boolean,
    leader: boolean,
    websockets: number,
    /** The long-poll sessions that live in this worker: some of them, if `more` follow by `session` and at last `told`. */
    sessions: listOf(string),
    more: optional(boolean),
    /** It says by `session` which of those that were placed in it its app has opened. */
    confirms: optional(boolean),
    /** As `takesSessions` says. */
    takesSessions: optional(boolean),
    /** The moves that this worker took lately: they must not be served again elsewhere. */
    taken: listOf(string),
    /** The moves that this worker started and has no answer to. */
    moving: listOf(string),
  },
  /**
   * The first line of a second connection, opened after the welcome: all further messages come by that one, and
   * the supervisor's by the first. So an answer to a worker that has died cannot cut off its last words.
   */
  outbox: { version: number, token: string, worker: number },
  /** The app's server listens. `port` is what it asked for: later workers recognise their server by it. */
  listening: { port: number },
  /** It listens no more, and the process lives on: nobody new may come. `listening` follows if it listens again. */
  closed: {},
  load,
  /** Open WebSockets, told at each change: placement works on exact counts. */
  websockets: { open: number },
  /**
   * Where does this connection belong? `session` is a long-poll session, `owner` the worker of the client's cookie.
   * `awaits`: this worker takes nobody new, and a DDP session in it waits for the client, which has lost its network.
   */
  place: {
    id: number,
    session: nullable(string),
    owner: nullable(number),
    awaits: boolean,
    /** The client's, as far as it is known. */
    address: optional(string),
  },
  /** A session lives here: the app has opened it. */
  session: { session: string },
  /** All sessions that the hello left out have been told. */
  told: {},
  /** A session has been idle for so long that the app has forgotten it, or is not to be opened. */
  forget: { session: string },
  /** This worker holds the moved socket now and is going to serve it. */
  taken: { move: string },
  /** The moved socket did not arrive (no descriptor was free) or has no app to go to: send it elsewhere. */
  refused: { move: string },
  /**
   * What was counted since the worker started: the answer to `measure`, or unasked (`id` null) and then without the
   * app's own metrics. The names are those of the table in metrics.ts.
   */
  measured: { id: nullable(number), families: listOf(family), app: listOf(appFamily) },
  /** The addresses that have much open here, and asked for much in the last second; told each second if there are any. */
  addresses: { connections: tally, requests: tally },
  /** The agent's own code threw, at one of `faultEntries`. `count`: so many since the last one that was told. */
  fault: { entry: string, stack: string, count: number },
  /**
   * Nothing is left. `cut`: the requests that were cut off at the deadline. `handedOver`: the live sessions that went on in other
   * workers; `reconnected`: the clients that were told to connect anew, and why (refusals.ts).
   */
  drained: {
    cut: number,
    handedOver: optional(number),
    reconnected: optional(listOf(record({ reason: string, count: number }))),
  },
  /** It was told that it leads no more, and its app has been told too. */
  resigned: {},
  /** Live sessions can be handed over to this worker. */
  takesSessions: {},
  /** Connections from the public sockets come here from now on. */
  accepting: {},
  /** The app's server listens again after it was closed: send the listening sockets' handles. */
  reopen: {},
};

/** What a supervisor tells an agent. */
export const supervisorMessages = {
  /** The workers that live: where their peers' sockets are, how loaded they are, whether they take new clients. */
  fleet: {
    workers: listOf(
      record({
        worker: number,
        slot: number,
        release: string,
        siblings: string,
        sessions: number,
        open: boolean,
        takesSessions: optional(boolean),
      }),
    ),
  },
  /** A supervisor knows this worker now: what it was asked before may be asked again. */
  welcome: {},
  /** Take new connections from the public sockets, for the first time or again. */
  open: {},
  /** Take no more connections from the public sockets; what is here goes on. */
  shut: {},
  /** `opened`: the session that was asked for lives there. Else it may be none, and nobody has to remember it. */
  placed: { id: number, worker: number, opened: optional(boolean) },
  /** Another worker serves the moved socket: let go of it. */
  moved: { move: string },
  /** Nobody can take it: serve it here. */
  unmoved: { move: string },
  /** Finish what runs, take nothing new. Sessions and WebSockets wait for their goodbye. */
  drain: {},
  /** Close so many more of them, each as soon as nothing of it runs. */
  goodbye: { count: number },
  /** Tell what was counted. */
  measure: { id: number },
  /** Send so many idle sessions and WebSockets away, to be placed anew; the worker goes on. */
  shed: { count: number },
  /** The deadline: close what is left, whatever it does. */
  finish: {},
  leader: { leader: boolean },
  /** What addresses may have here, because they are busy in other workers too; for others the limits count in full. */
  shares: { connections: tally, requests: tally },
  /** Visitors get this HTML page with 503; null: the app. `close`: open WebSockets and long-poll sessions end too. */
  maintenance: { page: nullable(string), retryAfter: number, close: boolean },
  /**
   * What TLS is served with, before `open` and whenever it changes. PEM texts; `names` are the host names that a
   * certificate is for, the first pair serves all others. `ticketKeys`: 48 bytes in base64, the same for all workers.
   */
  certificates: {
    pairs: listOf(record({ names: listOf(string), cert: string, key: string })),
    ticketKeys: string,
  },
  /**
   * What a certificate authority may ask for, as long as it makes sure of a domain: by http-01 the answer to a token, by
   * tls-alpn-01 a certificate (PEM) for a host name. Empty lists when that is over.
   */
  challenges: {
    tokens: listOf(record({ token: string, answer: string })),
    certificates: listOf(record({ name: string, cert: string, key: string })),
  },
};

/**
 * What every version says and understands, so that a supervisor can have the workers of another one drain: it never
 * changes, whatever else does.
 */
export const farewell = {
  heard: {
    hello: { version: number, token: string, worker: number },
    outbox: { version: number, token: string, worker: number },
    load: { goodbyes: number },
    drained: { cut: number },
  },
  told: ['welcome', 'drain', 'goodbye', 'finish'] as readonly string[],
};

export type AgentMessage = MessageOf<typeof agentMessages>;
export type SupervisorMessage = MessageOf<typeof supervisorMessages>;
export type Certificates = Extract<SupervisorMessage, { type: 'certificates' }>;
export type Challenges = Extract<SupervisorMessage, { type: 'challenges' }>;
export type Tally = Extract<AgentMessage, { type: 'addresses' }>['connections'];
export type Member = Extract<SupervisorMessage, { type: 'fleet' }>['workers'][number];

/**
 * The IPC channel carries nothing but handles. Node gives a message whose `cmd` starts with `NODE_` to
 * 'internalMessage' instead of 'message': so the app never sees ours, and its own stay its own.
 */
export const moveCommand = 'NODE_RADIANT_MOVE';
export const sessionCommand = 'NODE_RADIANT_SESSION';
export const listenerCommand = 'NODE_RADIANT_LISTENER';

/** Who is at the two ends of a connection. */
export interface Addresses {
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
  remoteFamily?: string | undefined;
  localAddress?: string | undefined;
  localPort?: number | undefined;
}

/** Goes with the handle of a socket that moves; `bytes` (base64) were read from it already. */
export interface MoveMessage {
  cmd: typeof moveCommand;
  move: string;
  /** The worker that it should go to; any other one if that cannot take it, unless it is bound. */
  worker: number;
  /** It asks for a session that lives there: nobody else can answer, however long that may take. */
  bound: boolean;
  bytes: string;
  /** The client's, where the socket's own are those of a balancer; else null. */
  addresses: Addresses | null;
}

/** Goes with the handle of a connection whose session is handed over: what that is the two workers tell each other. */
export interface SessionMessage extends Omit<MoveMessage, 'cmd'> {
  cmd: typeof sessionCommand;
}

/** Goes with the handle of a listening socket, for a server that listens again after `close()`. */
export interface ListenerMessage {
  cmd: typeof listenerCommand;
  index: number;
}
