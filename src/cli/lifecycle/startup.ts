import type { Control } from '../../control/client.ts';
import { followEvents } from '../../control/follow.ts';
import { RadiantError } from '../../common/errors.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { Status } from '../../running/status.ts';

/** What the supervisor may need itself, beyond the app's startTimeout, until it says that the app never listened. */
const grace = 2000;

export interface StartupOptions {
  control: Control;
  name: string;
  workers: number;
  /** Milliseconds. */
  startTimeout: number;
  onEvent: (event: FleetEvent) => void;
}

/** Follows an app from its first moment on. */
export interface Startup {
  /**
   * Resolves when every worker is ready, or failing beside at least one that is ready. Rejects with START_FAILED,
   * the reason and the app's last lines, when none can become ready.
   */
  readonly ready: Promise<Status>;
  /** The error for a start that ended otherwise. */
  failure(reason?: string): RadiantError;
  /** Ends the following, after what is already on its way was seen. */
  close(): Promise<void>;
}

export function followStart(options: StartupOptions): Startup {
  const { control, name } = options;
  const settled = Promise.withResolvers<Status>();
  settled.promise.catch(() => {}); // whoever follows may have stopped to wait for it
  let everReady = false;
  let lastExit: { reason: string; output: string[] } | undefined;
  const failure = (reason = lastExit?.reason ?? 'it did not listen on its PORT'): RadiantError => {
    const output = lastExit?.output ?? [];
    const lines =
      output.length > 0 ? `\nits last lines:\n${output.map((line) => `  ${line}`).join('\n')}` : '';
    return new RadiantError(
      'START_FAILED',
      `no worker of ${name} became ready: ${reason}${lines}`,
      remedyFor(output),
    );
  };
  const look = async (last = false): Promise<void> => {
    const status = await control.status({}).catch(() => undefined);
    const ready = status?.workers.filter((worker) => worker.state === 'ready').length ?? 0;
    everReady ||= ready > 0;
    lastExit ??= status?.workers.find((worker) => worker.lastExit)?.lastExit;
    const failing = status?.workers.filter((worker) => worker.state === 'failing').length ?? 0;
    // Before that the first worker may still have to listen, and connections are refused.
    const serves = ready > 0 && status?.state === 'running';
    const enough = last ? everReady : serves && ready + failing >= options.workers;
    if (status && enough) settled.resolve(status);
    else if (last || (!everReady && (failing > 0 || status?.state === 'failing'))) settled.reject(failure());
  };
  const listener = (event: FleetEvent): void => {
    if (event.type === 'exit' && !event.expected) lastExit = event;
    if (event.type === 'ready') everReady = true;
    options.onEvent(event);
    if (event.type === 'ready' || event.type === 'retry' || event.type === 'state') void look();
  };
  const following = followEvents(control, listener, look);
  const deadline = setTimeout(() => void look(true), options.startTimeout + grace);
  settled.promise.finally(() => clearTimeout(deadline)).catch(() => {});
  return {
    ready: settled.promise,
    failure,
    close: async () => {
      clearTimeout(deadline);
      await following.close();
    },
  };
}

function remedyFor(output: readonly string[]): string {
  const text = output.join('\n');
  if (/MONGO_URL/.test(text)) return 'Set MONGO_URL in the environment, or in a file given with --env-file';
  if (/ROOT_URL/.test(text)) return 'Set --root-url to the URL that users type';
  if (/EADDRINUSE/.test(text)) {
    return "A second port of the app must differ by worker: env: { METRICS_PORT: '{9464+slot}' }";
  }
  if (output.length > 0) return 'Correct what the lines above name, then start again';
  return 'The app must listen on the port in process.env.PORT; --start-timeout gives it more time';
}
