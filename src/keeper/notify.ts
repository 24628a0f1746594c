import { execFile } from 'node:child_process';

/** systemd, for a service of `Type=notify` (sd_notify(3)); without it nothing is told to anybody. */
export interface ServiceManager {
  /** The app serves. */
  ready(): void;
  /** It is about to end. */
  stopping(): void;
  /**
   * Tells the watchdog that all is well, as long as `answers` resolves, four times in the time that it allows
   * (sd_watchdog_enabled(3)): while one supervisor follows another, one time is missed. Returns what ends this.
   */
  watch(answers: () => Promise<unknown>): () => void;
}

/**
 * Takes what the environment says of it, and removes that from there: the app would speak for its service else. Node
 * knows no datagram sockets, so systemd's own program speaks; one that is missing is systemd's to notice.
 */
export function takeServiceManager(env: NodeJS.ProcessEnv, pid: number): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: micros, WATCHDOG_PID: watched } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  const tell = (...words: string[]): void => {
    if (socket !== undefined)
      execFile('systemd-notify', words, { env: { ...env, NOTIFY_SOCKET: socket } }, () => {});
  };
  const forThis = watched === undefined || watched === String(pid);
  const beatMs = socket !== undefined && forThis ? Number(micros) / 4_000 : Number.NaN;
  return {
    ready: () => tell('--ready', `--pid=${pid}`),
    stopping: () => tell('STOPPING=1'),
    watch: (answers) => {
      if (!(beatMs > 0)) return () => {};
      const timer = setInterval(() => {
        answers().then(
          () => tell('WATCHDOG=1'),
          () => {}, // a keeper that follows finds one that hangs, and ends it
        );
      }, beatMs).unref();
      return () => clearInterval(timer);
    },
  };
}
