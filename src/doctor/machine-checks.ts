import { advice, good, wrong, type Check } from './finding.ts';

/** What the machine is like. `undefined`: it cannot be told here. */
export interface MachineFacts {
  /** Open files a process, after Node has raised it as far as it may. */
  fileLimit: number | undefined;
  somaxconn: number | undefined;
  ipv6: boolean;
  /** All interfaces are listened on. */
  everywhere: boolean;
  nodeVersion: string;
  cores: number;
  /** Bytes that can still be used, and all there are, of the machine or of the control group. */
  memory: { available: number; total: number };
  workers: number;
  /** Bytes of one worker: measured, if the app runs, else `usualWorker`. */
  workerBytes: number;
  /** The app runs: its workers are in `available` already. */
  running: boolean;
  clock: { synchronized: boolean | undefined; now: number; newestFile: number };
}

/** A Meteor app with some users, in bytes: 107 MB idle and 156 MB with 200 subscribers were measured. */
export const usualWorker = 160 * 1024 ** 2;

const mb = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`;

const files: Check<MachineFacts> = ({ fileLimit }) => {
  if (fileLimit === undefined) return undefined;
  const found = `${fileLimit === Infinity ? 'no limit of' : fileLimit} open files a process; each connection is one`;
  const remedy =
    'LimitNOFILE=1048576 in the systemd unit, or `ulimit -n 65536` before `radiant start`; a container gets --ulimit nofile=65536';
  if (fileLimit < 4096) return wrong(found, remedy);
  return fileLimit < 20_000 ? advice(found, remedy) : good(found);
};

const somaxconn: Check<MachineFacts> = ({ somaxconn: limit }) => {
  if (limit === undefined) return undefined;
  const found = `the kernel keeps ${limit} connections that wait to be accepted; Radiant asks for 4096`;
  if (limit >= 4096) return good(found);
  const remedy = '`sysctl -w net.core.somaxconn=4096`, and the same line in /etc/sysctl.d';
  return limit < 1024 ? wrong(found, remedy) : advice(found, remedy);
};

const memory: Check<MachineFacts> = ({ memory: { available, total }, workers, workerBytes, running }) => {
  const one = workers * workerBytes;
  const twice = running ? one : 2 * one;
  const text = `${workers} workers of about ${mb(workerBytes)}; ${mb(available)} of ${mb(total)} are free`;
  if (one > (running ? total : available)) {
    return wrong(text, 'Fewer workers (--workers), or more memory');
  }
  if (twice <= available) return good(`${text}; that is enough for a deploy too`);
  return advice(
    `${text}: not enough for all workers of two releases`,
    '`radiant deploy --strategy rolling` needs one more worker at a time; or fewer workers',
  );
};

const node: Check<MachineFacts> = ({ nodeVersion }) => good(`Radiant runs on Node ${nodeVersion}`);

const day = 86_400_000;

const clock: Check<MachineFacts> = ({ clock: { synchronized, now, newestFile } }) => {
  const remedy = 'Install chrony or systemd-timesyncd; `timedatectl` shows whether it works';
  if (now < newestFile - day) {
    return wrong('the clock is behind the files of this machine by more than a day', remedy);
  }
  if (synchronized === undefined)
    return good('the clock is not earlier than the files; nothing tells more here');
  return synchronized
    ? good('the clock is kept right by the network')
    : advice('nothing keeps the clock right: certificates, logins and logs depend on it', remedy);
};

const ipv6: Check<MachineFacts> = ({ ipv6: has, everywhere }) => {
  if (has) return good('IPv4 and IPv6');
  if (!everywhere) return undefined;
  return good('no IPv6: only IPv4 is listened on; visitors by IPv6 need a machine that has it, or a proxy');
};

export const machineChecks = {
  'open files': files,
  'waiting connections': somaxconn,
  memory,
  Node: node,
  clock,
  IPv6: ipv6,
};
