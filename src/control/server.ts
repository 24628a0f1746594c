import { rmSync } from 'node:fs';
import { rename, rm, mkdir, chmod } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { http } from '../common/builtins.ts';
import { RadiantError, reasonOf } from '../common/errors.ts';
import type { Fleet } from '../running/operations.ts';
import { answers } from '../machine/unix-socket.ts';
import { keepEvents, type EventLog } from './event-log.ts';
import { streamEvents } from './event-stream.ts';
import { readBody, sendError, sendJson, sendMetrics, type Scraped } from './exchange.ts';
import { eventsPath, metricsPath } from './operations.ts';
import { findOperation, perform } from './perform.ts';

/** What is answered from. */
interface Served {
  fleet: Fleet;
  metrics: Scraped;
  log: EventLog;
  streams: Set<ServerResponse>;
}

/** What is still open so long after the close, in milliseconds, is cut off: its client may have stopped. */
const lastWordsMs = 1_000;

/**
 * Answers for `fleet` at `socketPath`, which only its owner can connect to from its first moment. Events are kept
 * from now on, so it should be called before the first worker starts. `close()` ends the event streams, waits a second
 * for the answers under way and removes the socket. Errors: ALREADY_RUNNING when somebody answers there, STATE.
 */
export async function serveControl(fleet: Fleet, metrics: Scraped, socketPath: string): Promise<Server> {
  if (await answers(socketPath)) {
    throw new RadiantError('ALREADY_RUNNING', `another supervisor answers at ${socketPath}`);
  }
  const log = keepEvents(fleet);
  const streams = new Set<ServerResponse>();
  const server = http.createServer({ keepAliveTimeout: 1 }, (request, response) => {
    handle({ fleet, metrics, log, streams }, request, response).catch((error: unknown) =>
      sendError(response, error),
    );
    // It was on its way when the server closed.
    if (!server.listening && streams.has(response)) response.end();
  });
  const close = server.close.bind(server);
  server.close = (done) => {
    log.close();
    for (const response of streams) response.end();
    setTimeout(() => server.closeAllConnections(), lastWordsMs).unref();
    return close(done);
  };
  try {
    await listenPrivately(server, socketPath);
  } catch (error) {
    const message = `the control socket ${socketPath} cannot be made: ${reasonOf(error)}`;
    throw new RadiantError('STATE', message, undefined, { cause: error });
  }
  server.on('close', () => rmSync(socketPath, { force: true })); // the process may end right after
  return server;
}

/**
 * Binds in a folder that nobody else can enter, then moves the socket to its place, over a dead one. A supervisor that was
 * killed in between has left the folder.
 */
async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  const folder = join(dirname(socketPath), '.control');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  try {
    const hidden = join(folder, 's');
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(hidden, () => {
        server.off('error', reject);
        resolve();
      });
    });
    await chmod(hidden, 0o600);
    await rename(hidden, socketPath);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function handle(
  { fleet, metrics, log, streams }: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://radiant');
  if (request.method === 'GET' && url.pathname === eventsPath) {
    streams.add(response);
    response.on('close', () => streams.delete(response));
    streamEvents(log, Number(url.searchParams.get('since') ?? Infinity), response);
    return;
  }
  if (request.method === 'GET' && url.pathname === metricsPath) {
    await sendMetrics(response, metrics);
    return;
  }
  const operation = findOperation(url.pathname.slice(1), request.method);
  const input = request.method === 'GET' ? {} : await readBody(request);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  sendJson(response, 200, await perform(operation, fleet, input, gone.signal));
}
