import { execFile } from 'node:child_process';

/**
 * Tells systemd that a service of `Type=notify` is ready (sd_notify(3)). Node knows no datagram sockets, so
 * systemd's own program speaks. Without systemd it does nothing; a program that is missing is systemd's to notice.
 */
export function tellReady(env: NodeJS.ProcessEnv, pid: number): void {
  if (env.NOTIFY_SOCKET === undefined) return;
  execFile('systemd-notify', ['--ready', `--pid=${pid}`], { env }, () => {});
}
