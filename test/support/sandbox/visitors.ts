import { once } from 'node:events';
import { transports } from '../ddp-client.ts';
import { HttpLoad } from '../http-load.ts';
import { MeteorUser } from '../meteor-user.ts';

// Visitors of a site, from within a sandbox: requests and DDP sessions without end, until standard input is closed.
// Says `started` when all are there, and at the end what they have noticed, as JSON.

export interface Noticed {
  requests: number;
  failures: { error: string }[];
  calls: number;
  reconnects: number;
  /** The sessions that broke: how, when and why. */
  breaks: string[];
  problems: string[];
}

const [, , url = '', users = '6'] = process.argv;
const load = new HttpLoad(`${url}/api/whoami`, { keepAlive: 3, fresh: 3 });
const everyone = Array.from({ length: Number(users) }, (_, i) => {
  const transport = transports[i % transports.length]!;
  return new MeteorUser(url, `user${i}`, 100, { transport, cookies: i % 2 === 0 });
});
await Promise.all(everyone.map((user) => user.started));
console.log('started');
process.stdin.resume();
await once(process.stdin, 'end');
await Promise.all([load.stop(), ...everyone.map((user) => user.stop())]);
const sum = (of: (user: MeteorUser) => number): number => everyone.reduce((all, user) => all + of(user), 0);
const noticed: Noticed = {
  requests: load.requests,
  failures: load.failures,
  calls: sum(({ calls }) => calls),
  reconnects: sum(({ reconnects }) => reconnects.length),
  breaks: everyone.flatMap(({ breaks }) => breaks),
  problems: everyone.flatMap(({ problems }) => problems),
};
console.log(JSON.stringify(noticed));
