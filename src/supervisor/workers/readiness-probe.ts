import net from 'node:net';
import { http } from '../../common/builtins.ts';

/** So many answers in a row make a worker ready: one alone may come from an app that is still starting. */
const answersWanted = 3;
const pauseMs = 100;
/** Something that speaks no HTTP/1 (cleartext HTTP/2) has shown that it listens; more cannot be asked of it. */
const otherProtocol = /^HPE_/;

/** The peers' socket wants to know first whose connection comes. */
function connect(socketPath: string): net.Socket {
  const socket = net.connect(socketPath);
  socket.write(`${JSON.stringify({ remoteAddress: '127.0.0.1', remoteFamily: 'IPv4' })}\n`);
  return socket;
}

/**
 * Asks the app once, over its worker's peers' socket: that speaks in the clear to a TLS server too, and what comes
 * by it is not sent on to other workers. Resolves with the status, or with a reason in words.
 */
function ask(socketPath: string, path: string, signal: AbortSignal): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { host: 'localhost', connection: 'close', 'user-agent': 'radiant-health' };
    const request = http.get(
      { createConnection: () => connect(socketPath), path, headers, signal },
      (response) => {
        response.resume();
        response.on('error', () => {});
        resolve(response.statusCode ?? 0);
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve(otherProtocol.test(error.code ?? '') ? 200 : error.message);
    });
  });
}

/**
 * Resolves when the app has answered `path` below 500 three times in a row; asks until then. `told` hears what was
 * wrong with the last answer. Rejects when `signal` ends it.
 */
export async function probeReadiness(
  socketPath: string,
  path: string,
  signal: AbortSignal,
  told: (problem: string) => void,
): Promise<void> {
  for (let answers = 0; answers < answersWanted;) {
    const answer = await ask(socketPath, path, signal);
    signal.throwIfAborted();
    if (typeof answer === 'number' && answer < 500) answers += 1;
    else {
      answers = 0;
      told(
        typeof answer === 'number'
          ? `gave no good answer on ${path} (but ${answer})`
          : `gave no answer on ${path} (${answer})`,
      );
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
