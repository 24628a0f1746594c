import { rename, rm, mkdtemp, chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RadiantError, reasonOf } from '../errors.ts';
import type { Fleet } from '../supervisor/types.ts';
import { answers } from '../unix-socket.ts';
import { keepEvents, type EventLog } from './event-log.ts';
import { streamEvents } from './event-stream.ts';
import { eventsPath, operations, type ErrorBody, type Operation } from './operations.ts';

/** Far above what any operation takes. */
const maxBody = 64 * 1024;

/**
 * Answers for `fleet` at `socketPath`, which only its owner can connect to from its first moment. Events are kept
 * from now on, so it should be called before the first worker starts. `close()` ends the event streams, waits for
 * the answers under way and removes the socket. Errors: ALREADY_RUNNING when somebody answers there, STATE.
 */
export async function serveControl(fleet: Fleet, socketPath: string): Promise<Server> {
  if (await answers(socketPath)) {
    throw new RadiantError('ALREADY_RUNNING', `another supervisor answers at ${socketPath}`);
  }
  const log = keepEvents(fleet);
  const streams = new Set<ServerResponse>();
  const server = createServer({ keepAliveTimeout: 1 }, (request, response) => {
    handle(fleet, log, streams, request, response).catch((error: unknown) => sendError(response, error));
  });
  const close = server.close.bind(server);
  server.close = (done) => {
    log.close();
    for (const response of streams) response.end();
    return close(done);
  };
  try {
    await listenPrivately(server, socketPath);
  } catch (error) {
    const message = `the control socket ${socketPath} cannot be made: ${reasonOf(error)}`;
    throw new RadiantError('STATE', message, undefined, { cause: error });
  }
  server.on('close', () => void rm(socketPath, { force: true }).catch(() => {}));
  return server;
}

/** Binds in a folder that nobody else can enter, then moves the socket to its place, over a dead one. */
async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(socketPath), '.c'));
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
  fleet: Fleet,
  log: EventLog,
  streams: Set<ServerResponse>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://radiant');
  if (request.method === 'GET' && url.pathname === eventsPath) {
    streams.add(response);
    response.on('close', () => streams.delete(response));
    const since = Number(url.searchParams.get('since') ?? Date.now());
    streamEvents(log, Number.isFinite(since) ? since : Date.now(), response);
    return;
  }
  const operation = find(url.pathname, request.method);
  const input = operation.input(z).safeParse(request.method === 'GET' ? {} : await readBody(request));
  if (!input.success) throw new RadiantError('USAGE', z.prettifyError(input.error));
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const output = operation.output(z).parse(await operation.run(fleet, input.data, gone.signal));
  send(response, 200, output);
}

function find(path: string, method: string | undefined): Operation<unknown, unknown> {
  const table: Record<string, unknown> = operations;
  const name = path.slice(1);
  const operation = Object.hasOwn(table, name) ? (table[name] as Operation<unknown, unknown>) : undefined;
  if (operation?.method === method) return operation as Operation<unknown, unknown>;
  const message = `this app knows no operation ${method} ${path}`;
  throw new RadiantError('USAGE', message, 'Restart the app with the installed version of Radiant');
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBody) throw new RadiantError('USAGE', `the request has more than ${maxBody} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch (error) {
    throw new RadiantError('USAGE', `the request is not valid JSON: ${reasonOf(error)}`);
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  const known = error instanceof RadiantError ? error : new RadiantError('OPERATION_FAILED', reasonOf(error));
  const { code, message, remedy } = known;
  if (response.headersSent) response.destroy();
  else send(response, code === 'USAGE' ? 400 : 409, { error: { code, message, remedy } } satisfies ErrorBody);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
