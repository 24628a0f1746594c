import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import SockJS from 'sockjs-client';
import type { CookieJar } from './cookie-jar.ts';
import type { SocketEvents, SocketOptions, TextSocket } from './ddp-socket.ts';

// sockjs-client has no options for its HTTP requests in Node: no cookies, and all clients of a process share
// the global agent, so the connections of one "browser" would carry the requests of another. It calls
// http.request(options, callback) at each request, so that function is wrapped here: inside a client's async
// context, which timers and answers carry on, a request gets that client's agent, headers and cookies.
// Requests outside of such a context pass untouched.
interface Browser {
  /** By protocol. */
  agents: { http: http.Agent; https: http.Agent };
  jar: CookieJar | undefined;
  headers: Record<string, string>;
  /** What went wrong over HTTP: SockJS itself only says that it could not connect. */
  failures: string[];
}

const browsers = new AsyncLocalStorage<Browser>();

/** Servers close an idle connection, Meteor's after 5 s: a client that is late itself must not send on it then. */
const idleMs = 2_000;

function browserAgent(agent: http.Agent): http.Agent {
  // Typed as void, documented as "whether the socket is kept".
  const keep = agent.keepSocketAlive.bind(agent) as unknown as (socket: Socket) => boolean;
  Object.assign(agent, {
    keepSocketAlive: (socket: Socket): boolean => {
      const kept = keep(socket);
      socket.setTimeout(idleMs);
      return kept;
    },
  });
  return agent;
}

type OnResponse = (response: http.IncomingMessage) => void;
// sockjs-client gives its headers as an object.
type PlainOptions = Omit<http.RequestOptions, 'headers'> & { headers?: http.OutgoingHttpHeaders };

type PlainRequest = (options: PlainOptions, callback?: OnResponse) => http.ClientRequest;

function requestAsBrowser(
  plainRequest: PlainRequest,
  protocol: 'http' | 'https',
  options: PlainOptions,
  callback?: OnResponse,
): http.ClientRequest {
  const browser = browsers.getStore();
  if (!browser) return plainRequest(options, callback);
  const path = options.path ?? '/';
  const cookie = browser.jar?.header(path.split('?')[0]);
  const headers = { ...options.headers, ...browser.headers, ...(cookie === undefined ? {} : { cookie }) };
  const request = plainRequest({ ...options, agent: browser.agents[protocol], headers }, callback);
  request.on('response', (response) => {
    browser.jar?.store(response.headers['set-cookie']);
    const { statusCode = 0 } = response;
    if (statusCode >= 400) browser.failures.push(`${options.method} ${path} answered ${statusCode}`);
    // In browsers SockJS hears of an answer that is cut; its driver for Node hears only of those that end.
    response.once('close', () => {
      if (!response.complete) request.emit('error', new Error('the answer was cut'));
    });
  });
  request.on('error', (error) => browser.failures.push(`${options.method} ${path}: ${error.message}`));
  return request;
}
for (const [protocol, client] of [['http', http] as const, ['https', https] as const]) {
  const plainRequest = client.request as PlainRequest;
  const request: PlainRequest = (options, callback) =>
    requestAsBrowser(plainRequest, protocol, options, callback);
  Object.assign(client, { request });
}

/** What this file uses of sockjs-client's inside: the socket under a WebSocket transport. */
interface SockjsInternals {
  _transport?: { ws?: { _stream?: Socket } } | null;
}

function streamOf(socket: WebSocket & SockjsInternals): Socket | undefined {
  // oxlint-disable-next-line no-underscore-dangle -- sockjs-client has no other way to it
  return socket._transport?.ws?._stream;
}

export function openSockjs(base: string, options: SocketOptions, events: SocketEvents): TextSocket {
  const { transport, jar, headers, timeout } = options;
  const like = { keepAlive: true, maxSockets: 6 };
  const agents = { http: browserAgent(new http.Agent(like)), https: browserAgent(new https.Agent(like)) };
  const browser: Browser = { agents, jar, headers, failures: [] };
  const socket = browsers.run(browser, () => {
    const sockjsOptions = {
      transports: transport,
      // The shortest time for a connect: without it a busy machine is "All transports failed".
      timeout,
      transportOptions: {
        websocket: {
          // Read when the handshake is sent, so it knows the cookies that `/sockjs/info` set.
          get headers() {
            const cookie = jar?.header(`${new URL(base).pathname.replace(/\/$/, '')}/sockjs`);
            return { ...headers, ...(cookie === undefined ? {} : { Cookie: cookie }) };
          },
        },
      },
    };
    return new SockJS(`${base}/sockjs`, undefined, sockjsOptions);
  });
  socket.addEventListener('open', () => events.open());
  socket.addEventListener('message', (event) => events.text(String(event.data)));
  socket.addEventListener('close', ({ code, reason }) => {
    agents.http.destroy();
    agents.https.destroy();
    // A close in order cuts the poll that waits; that is no failure.
    const failures = code === 1000 ? [] : browser.failures;
    events.close(code, [reason, ...failures].filter(Boolean).join('; '));
  });
  return {
    send: (text) => browsers.run(browser, () => socket.send(text)),
    close: () => browsers.run(browser, () => socket.close()),
    drop: () => {
      const stream = streamOf(socket);
      if (!stream) throw new Error(`drop() is not there for ${transport}: nothing stays connected in it`);
      stream.destroy();
    },
  };
}
