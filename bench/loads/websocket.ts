import { WebSocket } from 'ws';
import { secureOptions } from '../secure.ts';
import { Run, type Load } from '../load.ts';

/** How to talk with an app over WebSockets. */
export interface Dialogue {
  path: string;
  /** What a client says first. */
  hello?: string;
  /** The client may begin when it has heard this. */
  greeted(text: string): boolean;
  request(): string;
  /** `answer` is what ends a request; `ping` is answered with `pong`; all else is skipped. */
  kindOf(text: string): 'answer' | 'ping' | 'other';
  pong?: string;
}

/** So many WebSockets, each with up to `window` requests on their way; answers come in the order of requests. */
export const dialogue =
  (sockets: number, window: number, talk: Dialogue): Load =>
  async ({ ports, secure = false }) => {
    const speakers = await Promise.all(
      Array.from({ length: sockets }, (_, i) => speak(ports[i % ports.length]!, secure, talk)),
    );
    return {
      run: (requests) => {
        const run = new Run(requests);
        for (const { begin } of speakers) begin(run, window);
        return run.finished;
      },
      close: () => {
        for (const { socket } of speakers) socket.terminate();
      },
    };
  };

interface Speaker {
  socket: WebSocket;
  begin(run: Run, window: number): void;
}

/** Resolves when the client may begin. Errors: no connection. */
function speak(port: number, secure: boolean, talk: Dialogue): Promise<Speaker> {
  const url = `${secure ? 'wss' : 'ws'}://127.0.0.1:${port}${talk.path}`;
  const socket = new WebSocket(url, { perMessageDeflate: false, ...(secure ? secureOptions : {}) });
  const started: number[] = [];
  let run = new Run(0);
  const ask = (): void => {
    if (!run.take()) return;
    started.push(performance.now());
    socket.send(talk.request());
  };
  const begin = (next: Run, window: number): void => {
    run = next;
    for (let i = 0; i < window; i += 1) ask();
  };
  return new Promise((resolve, reject) => {
    let greeted = false;
    socket.on('open', () => talk.hello !== undefined && socket.send(talk.hello));
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (!greeted) {
        greeted = talk.greeted(text);
        if (greeted) resolve({ socket, begin });
        return;
      }
      const kind = talk.kindOf(text);
      if (kind === 'ping') socket.send(talk.pong!);
      if (kind !== 'answer') return;
      run.answered(started.shift()!);
      ask();
    });
    const lost = (error: Error): void => {
      reject(error);
      run.fail(error);
    };
    socket.on('error', lost);
    socket.on('close', (code) => lost(new Error(`a WebSocket was closed with ${code}`)));
  });
}

const payload = 'x'.repeat(64);

/** The plain Node example: the first message says who answers, every further one comes back. */
export const echo: Dialogue = {
  path: '/',
  greeted: () => true,
  request: () => payload,
  kindOf: () => 'answer',
};

let calls = 0;

/** Method calls of the Meteor example, over the raw WebSocket that DDP clients outside browsers use. */
export const ddp: Dialogue = {
  path: '/websocket',
  hello: '{"msg":"connect","version":"1","support":["1"]}',
  greeted: (text) => text.includes('"msg":"connected"'),
  request: () => `{"msg":"method","id":"${(calls += 1)}","method":"echo","params":["${payload}"]}`,
  kindOf: (text) => {
    if (text.includes('"msg":"result"')) return 'answer';
    return text.includes('"msg":"ping"') ? 'ping' : 'other';
  },
  pong: '{"msg":"pong"}',
};
