import { randomBytes } from 'node:crypto';
import { reasonOf } from '../../common/errors.ts';
import { ask, cookiesOf, type Answer } from './ask.ts';

/** What became of a long-poll session whose requests came by connections of their own. */
export interface Polled {
  /** Requests, and how many of them reached a process that did not know the session. */
  asked: number;
  lost: number;
  /** It did not get so far. */
  problem?: string;
}

/** With two processes at random, all of them reach the right one once in 500. */
const rounds = 9;

/** Opens a session and asks for it again and again, by `send`: what it returns is whether the session was known. */
async function poll(
  open: () => Promise<Answer>,
  send: (opened: Answer, round: number) => Promise<boolean>,
): Promise<Polled> {
  let lost = 0;
  try {
    const opened = await open();
    if (opened.status >= 400) return { asked: 1, lost: 0, problem: `it answers ${opened.status}` };
    for (let round = 0; round < rounds; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- a session takes one at a time
      if (!(await send(opened, round))) lost += 1;
    }
    return { asked: rounds, lost };
  } catch (error) {
    return { asked: 1, lost, problem: reasonOf(error) };
  }
}

const text = { 'Content-Type': 'text/plain' };
const hello = JSON.stringify([JSON.stringify({ msg: 'connect', version: '1', support: ['1'] })]);
const ping = JSON.stringify([JSON.stringify({ msg: 'ping' })]);

/** SockJS's `xhr` and `xhr_send`: `/sockjs/<server>/<session>/xhr`. 404 means that the session is not known. */
export function pollSockjs(base: string, withCookies: boolean): Promise<Polled> {
  const session = randomBytes(4).toString('hex');
  const url = `${base}/sockjs/${String(Math.floor(Math.random() * 1000)).padStart(3, '0')}/${session}`;
  let cookies: Record<string, string> = {};
  return poll(
    async () => {
      const info = await ask(`${base}/sockjs/info`);
      if (withCookies) cookies = cookiesOf(info);
      const opened = await ask(`${url}/xhr`, { method: 'POST', headers: cookies });
      if (withCookies) cookies = cookiesOf(info, opened);
      return opened;
    },
    async (_opened, round) => {
      const body = round === 0 ? hello : ping;
      const { status } = await ask(`${url}/xhr_send`, {
        method: 'POST',
        headers: { ...text, ...cookies },
        body,
      });
      return status < 300;
    },
  );
}

/** Engine.IO's long polls: an unknown `sid` is answered with 400. */
export function pollEngine(base: string, withCookies: boolean): Promise<Polled> {
  const url = `${base}/socket.io/?EIO=4&transport=polling`;
  return poll(
    () => ask(url),
    async (opened, round) => {
      const sid = /"sid":"([^"]+)"/.exec(opened.body)?.[1] ?? '';
      const headers = { ...text, ...(withCookies ? cookiesOf(opened) : {}) };
      const { status } = await ask(`${url}&sid=${sid}`, {
        method: 'POST',
        headers,
        body: round === 0 ? '40' : '3',
      });
      return status < 300;
    },
  );
}
