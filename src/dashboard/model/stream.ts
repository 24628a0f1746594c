import type { LiveEvents } from '../../admin/live/wire.ts';

/** Ticks come each second: without any for so long the connection is dead, whatever the browser thinks. */
const silenceMs = 5_000;
const retryMs = [500, 1_000, 2_000, 4_000];

export interface StreamListener {
  event<E extends keyof LiveEvents>(event: E, data: LiveEvents[E]): void;
  /** The connection is there, or it is not and is being made again. */
  connected(is: boolean): void;
}

const events = [
  'snapshot',
  'tick',
  'sample',
  'moment',
  'releases',
  'log',
] as const satisfies (keyof LiveEvents)[];

/** Reads the stream for as long as the page is open. EventSource itself gives up at some errors; this does not. */
export function followStream(listener: StreamListener): void {
  let source: EventSource | undefined;
  let failures = 0;
  let watchdog: number | undefined;

  const retry = (): void => {
    source?.close();
    window.clearTimeout(watchdog);
    listener.connected(false);
    const wait = retryMs[Math.min(failures, retryMs.length - 1)];
    failures += 1;
    window.setTimeout(() => void reconnect(), wait);
  };
  const heard = (): void => {
    window.clearTimeout(watchdog);
    watchdog = window.setTimeout(retry, silenceMs);
  };
  const open = (): void => {
    source = new EventSource('/live');
    source.addEventListener('error', retry, { once: true });
    for (const name of events) {
      source.addEventListener(name, (message: MessageEvent<string>) => {
        heard();
        if (name === 'snapshot') {
          failures = 0;
          listener.connected(true);
        }
        listener.event(name, JSON.parse(message.data) as never);
      });
    }
    heard();
  };
  /** A session that is over is no lost connection: the login page is next. */
  const reconnect = async (): Promise<void> => {
    const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
    if (answer?.redirected === true) window.location.reload();
    else if (answer === undefined) retry();
    else open();
  };
  open();
}
