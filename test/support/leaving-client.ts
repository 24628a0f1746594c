import { randomBytes } from 'node:crypto';
import { once, type EventEmitter } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { CookieJar, visit } from './cookie-jar.ts';
import type { Transport } from './ddp-client.ts';
import { clientFrame, serverFrames } from './raw-websocket.ts';

/** How a client ends its connection when its server has closed the session: as it should, by a FIN, by a RST, or not at all. */
export const manners = ['politely', 'rudely', 'by RST', 'by silence'] as const;
export type Manner = (typeof manners)[number];

export interface LeavingOptions {
  transport: Transport;
  manner: Manner;
  cookies: boolean;
}

/** What a Meteor client waits before it connects again. */
const retryMs = 10;
const textFrame = 1;
const closeFrame = 8;

/** What happens on one connection of a client. */
interface Events {
  ddp(message: { msg?: string; session?: string; result?: { pid: number } }): void;
  /** The server has closed the session. */
  toldToGo(): void;
}

interface Connection {
  send(message: object): void;
  /** Settles when it is over, whoever ended it. */
  readonly ended: Promise<unknown>;
  leave(manner: Manner): void;
  destroy(): void;
}

/**
 * A DDP client that comes back whenever its connection has ended, and leaves in its own manner when it was told to go. It
 * names its last session each time, as Meteor's client does.
 */
export class LeavingClient {
  /** How often it was told to go. */
  goodbyes = 0;
  /** How often it could not connect, or lost its connection without having been told. */
  breaks = 0;
  /** The processes that its sessions were in, one after the other. */
  readonly pids: number[] = [];
  /** Whether each of its sessions was the one before. */
  readonly resumed: boolean[] = [];
  readonly name: string;
  readonly #url: URL;
  readonly #options: LeavingOptions;
  readonly #jar: CookieJar | undefined;
  readonly #left: Connection[] = [];
  readonly #living: Promise<void>;
  #connection: Connection | undefined;
  #network = Promise.resolve();
  #session: string | undefined;
  #received = 0;
  #stopped = false;

  constructor(url: string, options: LeavingOptions, jar?: CookieJar) {
    const { transport, manner, cookies } = options;
    this.name = `${transport}, ${manner}, ${cookies ? 'with' : 'without'} cookies`;
    this.#url = new URL(url);
    this.#options = options;
    this.#jar = cookies ? (jar ?? new CookieJar()) : undefined;
    this.#living = this.#live();
  }

  /** Ends the connection without a word; the client comes back when its network does. */
  loseNetwork(back: Promise<void>): void {
    this.#network = back;
    this.#connection!.destroy();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const connection of [...this.#left, this.#connection]) connection?.destroy();
    await this.#living;
  }

  async #live(): Promise<void> {
    if (this.#jar) await visit(this.#url.href, this.#jar);
    while (!this.#stopped) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await this.#connect().catch(() => (this.breaks += 1));
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all([wait(retryMs), this.#network]);
    }
  }

  async #connect(): Promise<void> {
    const { transport, manner } = this.#options;
    const told = Promise.withResolvers<void>();
    const events: Events = {
      ddp: (message) => this.#hear(message),
      toldToGo: () => {
        this.goodbyes += 1;
        this.#left.push(connection);
        connection.leave(manner);
        told.resolve();
      },
    };
    const to = { url: this.#url, path: await this.#path(transport), cookie: this.#cookie() };
    if (this.#stopped) return;
    const connection = transport.startsWith('xhr')
      ? openPolls(to, transport === 'xhr-streaming', events)
      : await openWebSocket(to, transport === 'websocket', events);
    this.#connection = connection;
    const lost = this.#session !== undefined && { session: this.#session, receivedCount: this.#received };
    connection.send({ msg: 'connect', version: '1', support: ['1'], ...lost });
    connection.send({ msg: 'method', id: 'who', method: 'whoami', params: [] });
    const goodbyes = this.goodbyes;
    await Promise.race([told.promise, connection.ended]);
    if (this.goodbyes === goodbyes && !this.#stopped) this.breaks += 1;
  }

  #cookie(): string | undefined {
    return this.#jar?.header('/');
  }

  /** Asks for SockJS's info first, as its client does. */
  async #path(transport: Transport): Promise<string> {
    if (transport === 'raw') return '/websocket';
    const cookie = this.#cookie();
    const headers = cookie === undefined ? {} : { cookie };
    const asked = http.get(new URL('/sockjs/info', this.#url), { headers, agent: false });
    const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
    response.resume();
    this.#jar?.store(response.headers['set-cookie']);
    return `/sockjs/000/${randomBytes(4).toString('hex')}`;
  }

  #hear(message: { msg?: string; session?: string; result?: { pid: number } }): void {
    if (message.msg === undefined) return;
    if (message.msg !== 'ping' && message.msg !== 'pong') this.#received += 1;
    if (message.msg === 'connected') {
      const resumed = message.session === this.#session;
      this.resumed.push(resumed);
      if (!resumed) this.#received = 1;
      this.#session = message.session;
    } else if (message.msg === 'result') this.pids.push(message.result!.pid);
    else if (message.msg === 'ping') this.#connection!.send({ msg: 'pong' });
  }
}

interface Target {
  url: URL;
  path: string;
  cookie: string | undefined;
}

const closed = (emitter: EventEmitter): Promise<void> =>
  new Promise((resolve) => emitter.once('close', () => resolve()));

/** What SockJS says in one frame. */
function hearSockjs(frame: string, events: Events): void {
  if (frame.startsWith('c')) events.toldToGo();
  if (!frame.startsWith('a')) return;
  for (const text of JSON.parse(frame.slice(1)) as string[]) events.ddp(JSON.parse(text));
}

async function openWebSocket(
  { url, path, cookie }: Target,
  sockjs: boolean,
  events: Events,
): Promise<Connection> {
  const socket = net.connect(Number(url.port), url.hostname);
  socket.on('error', () => {});
  const ended = closed(socket);
  socket.write(
    `GET ${sockjs ? `${path}/websocket` : path} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      `${cookie === undefined ? '' : `Cookie: ${cookie}\r\n`}\r\n`,
  );
  let rest = Buffer.alloc(0);
  let upgraded = false;
  const opened = Promise.withResolvers<void>();
  void ended.then(() => opened.resolve());
  const hear = ({ opcode, text }: { opcode: number; text: string }): void => {
    if (opcode === closeFrame && !sockjs) events.toldToGo();
    if (opcode !== textFrame) return;
    if (sockjs) hearSockjs(text, events);
    else events.ddp(JSON.parse(text));
  };
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (!upgraded) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      upgraded = true;
      rest = rest.subarray(end + 4);
      opened.resolve();
    }
    const { frames, rest: more } = serverFrames(rest);
    rest = Buffer.from(more);
    for (const frame of frames) hear(frame);
  });
  await opened.promise;
  return {
    send: (message) => {
      const text = JSON.stringify(message);
      if (socket.writable) socket.write(clientFrame(sockjs ? JSON.stringify([text]) : text));
    },
    ended,
    leave: (manner) => {
      if (manner === 'politely') socket.write(clientFrame(Buffer.from([0x03, 0xe8]), closeFrame));
      else if (manner === 'rudely') socket.end();
      else if (manner === 'by RST') socket.resetAndDestroy();
      else socket.pause();
    },
    destroy: () => socket.destroy(),
  };
}

/** SockJS's polls, each on a connection of its own. */
function openPolls({ url, path, cookie }: Target, streaming: boolean, events: Events): Connection {
  const headers = cookie === undefined ? {} : { cookie };
  const request = (transport: string): http.ClientRequest =>
    http
      .request({
        host: url.hostname,
        port: url.port,
        path: `${path}/${transport}`,
        method: 'POST',
        headers,
        agent: false,
      })
      .on('error', () => {});
  const ended = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  void ended.promise.then(() => opened.resolve());
  let over = false;
  let sent = opened.promise;
  let polling: http.ClientRequest;
  const poll = (): void => {
    let rest = '';
    polling = request(streaming ? 'xhr_streaming' : 'xhr').end();
    polling.on('response', (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        for (const line of lines) {
          over ||= line.startsWith('c');
          if (line === 'o') opened.resolve();
          hearSockjs(line, events);
        }
      });
      response.on('error', () => {});
      response.on('close', () => {
        if (over || response.statusCode !== 200 || !response.complete) ended.resolve();
        else poll();
      });
    });
    polling.on('error', () => ended.resolve());
  };
  poll();
  return {
    send: (message) => {
      // One after the other.
      const body = JSON.stringify([JSON.stringify(message)]);
      sent = sent.then(async () => {
        const sending = request('xhr_send').end(body);
        sending.on('response', (response) => response.resume());
        await closed(sending);
      });
    },
    ended: ended.promise,
    leave: (manner) => {
      if (manner === 'rudely') polling.socket!.destroy();
      else if (manner === 'by RST') polling.socket!.resetAndDestroy();
      else if (manner === 'by silence') polling.socket!.pause();
    },
    destroy: () => polling.destroy(),
  };
}
