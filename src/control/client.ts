import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { http } from '../common/builtins.ts';
import { errors, RadiantError, reasonOf, type ErrorCode } from '../common/errors.ts';
import type { FleetEvent } from '../running/events.ts';
import { eventsPath, operations, type Input, type OperationName, type Output } from './operations.ts';

/** Milliseconds that a supervisor may take for what it answers at once. */
const patience = 5000;

/** A method for each operation. `signal` lets go of the connection: of what the fleet then does, see the operation. */
type Operations = {
  [N in OperationName]: (input: Input<N>, signal?: AbortSignal) => Promise<Output<N>>;
};

/** What a supervisor can be asked. Errors: those of the operation, NOT_RUNNING, STATE (no permission). */
export type Control = Operations & {
  /**
   * Resolves once events flow: each one from then on, and those kept after `since` (milliseconds since the epoch).
   * Ends with the supervisor, or by `close`.
   */
  events(listener: (event: FleetEvent) => void, since?: number): Promise<EventStream>;
};

export interface EventStream {
  /** Resolves when no more events will come. */
  readonly ended: Promise<void>;
  close(): void;
}

/** The supervisor behind a control socket. Nothing is sent before the first call. */
export function connectControl(socketPath: string): Control {
  const callOf = (name: OperationName) => (input: unknown, signal?: AbortSignal) => {
    const { method } = operations[name];
    return ask(socketPath, method, `/${name}`, method === 'GET' ? undefined : input, signal);
  };
  const names = Object.keys(operations) as OperationName[];
  return {
    ...(Object.fromEntries(names.map((name) => [name, callOf(name)])) as Operations),
    events: async (listener, since) => {
      const query = since === undefined ? '' : `?since=${since}`;
      return readEvents(await send(socketPath, 'GET', `${eventsPath}${query}`), listener);
    },
  };
}

async function ask(
  socketPath: string,
  method: string,
  path: string,
  input: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  const response = await send(socketPath, method, path, input, signal);
  try {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    const body = JSON.parse(text) as { error?: { code: string; message: string; remedy: string } } | null;
    if (response.statusCode === 200 && body !== null) return body;
    throw toError(body?.error);
  } catch (error) {
    if (error instanceof RadiantError) throw error;
    throw lost(error);
  }
}

function toError(error?: { code: string; message: string; remedy: string }): RadiantError {
  const code = error && Object.hasOwn(errors, error.code) ? (error.code as ErrorCode) : 'OPERATION_FAILED';
  return new RadiantError(code, error?.message ?? 'the supervisor answered something unknown', error?.remedy);
}

function lost(cause: unknown): RadiantError {
  const message = `the supervisor went away before it was done (${reasonOf(cause)})`;
  return new RadiantError('OPERATION_FAILED', message, undefined, { cause });
}

function send(
  socketPath: string,
  method: string,
  path: string,
  input?: unknown,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const body = input === undefined ? '' : JSON.stringify(input);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = http.request(
      { socketPath, method, path, headers, agent: false, ...(signal && { signal }) },
      resolve,
    );
    let connected = false;
    outgoing.on('socket', (socket) => socket.once('connect', () => (connected = true)));
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      reject(error instanceof RadiantError ? error : connectError(socketPath, error, connected));
    });
    if (method === 'GET') {
      const message = `the supervisor at ${socketPath} has not answered for ${patience / 1000} s`;
      const remedy = 'It may be stopped or very busy; `ps` shows it, and the app goes on without it';
      const hung = (): void => void outgoing.destroy(new RadiantError('OPERATION_FAILED', message, remedy));
      outgoing.setTimeout(patience, hung);
      outgoing.on('response', () => outgoing.setTimeout(0));
    }
    outgoing.end(body);
  });
}

function connectError(socketPath: string, error: NodeJS.ErrnoException, connected: boolean): RadiantError {
  if (connected) return lost(error);
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new RadiantError(
      'STATE',
      `${socketPath}: permission denied`,
      'Run the command as the user who started the app',
    );
  }
  return new RadiantError('NOT_RUNNING', `nobody answers at ${socketPath}`, undefined, { cause: error });
}

function readEvents(response: IncomingMessage, listener: (event: FleetEvent) => void): EventStream {
  const lines = createInterface({ input: response, crlfDelay: Infinity });
  lines.on('line', (line) => {
    let event: FleetEvent;
    try {
      event = JSON.parse(line) as FleetEvent;
    } catch {
      return; // the last line of a supervisor that was killed while it wrote
    }
    listener(event);
  });
  const ended = new Promise<void>((resolve) => {
    lines.once('close', resolve);
    // The interface passes on the errors of what it reads: a supervisor that is killed cuts the answer off.
    lines.on('error', () => lines.close());
    response.on('error', () => lines.close());
    response.once('close', () => lines.close());
  });
  return { ended, close: () => void response.destroy() };
}
