import http from 'node:http';
import { WebSocket } from 'ws';

/** What a load has done so far. */
export interface Tally {
  requests: number;
  calls: number;
  sessions: number;
  /** How often, by what was wrong. */
  errors: Record<string, number>;
}

const stepMs = 100;
const sessionsOpen = 60;
const requestsPerStep = 5;
/** Each step so many sessions end and begin anew. */
const churnPerStep = 1;

/**
 * What costs the supervisor something, at a steady pace: 50 requests a second, each on a connection of its own and
 * with the cookie of one worker after the other, so that most of them move; 60 DDP sessions that call a method each
 * second, ten of which end and begin anew each second. Until the returned function is called.
 */
export function moderateLoad(port: number, cookies: readonly string[]): { tally: Tally; stop(): void } {
  const tally: Tally = { requests: 0, calls: 0, sessions: 0, errors: {} };
  const sessions: WebSocket[] = [];
  let over = false;
  const failed = (what: string): void => {
    if (!over) tally.errors[what] = (tally.errors[what] ?? 0) + 1;
  };
  const ask = (): void => {
    const cookie = cookies[tally.requests % cookies.length]!;
    tally.requests += 1;
    const options = { port, host: '127.0.0.1', path: '/api/whoami', agent: false, headers: { cookie } };
    http
      .get(options, (response) => {
        if (response.statusCode !== 200) failed(`answer ${response.statusCode}`);
        response.resume();
      })
      .on('error', (error) => failed(`request: ${error.message}`));
  };
  const open = (): void => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/websocket`, { perMessageDeflate: false });
    tally.sessions += 1;
    sessions.push(socket);
    socket.on('open', () => socket.send('{"msg":"connect","version":"1","support":["1"]}'));
    socket.on('message', (data: Buffer) => {
      const { msg } = JSON.parse(data.toString()) as { msg?: string };
      if (msg === 'ping') socket.send('{"msg":"pong"}');
      if (msg === 'result') tally.calls += 1;
    });
    socket.on('error', (error) => failed(`session: ${error.message}`));
  };
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    for (let i = 0; i < requestsPerStep; i += 1) ask();
    for (let i = 0; i < churnPerStep && sessions.length >= sessionsOpen; i += 1) sessions.shift()!.close();
    while (sessions.length < sessionsOpen) open();
    for (const [index, socket] of sessions.entries()) {
      if (index % 10 !== step % 10 || socket.readyState !== WebSocket.OPEN) continue;
      socket.send(`{"msg":"method","method":"echo","params":["x"],"id":"${step}"}`);
    }
  }, stepMs);
  return {
    tally,
    stop: () => {
      over = true;
      clearInterval(timer);
      for (const socket of sessions) socket.terminate();
    },
  };
}
