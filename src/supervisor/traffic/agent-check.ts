import net from 'node:net';
import type { Handle } from '../../running/handle.ts';
import type { Weights } from './weights.ts';

const lookEveryMs = 1_000;
/** HAProxy asks at once and reads at once: whoever takes longer is not it. */
const patienceMs = 2_000;
const longestQuestion = 16;
/** As many as HAProxy opens in a moment are the slots. */
const maxConnections = 512;

/**
 * Answers HAProxy's agent checks: a connection says a slot's number in a line (`agent-send`), and hears `up 75%`, the
 * weight of the slot's name. `up` leaves alone what an operator has set in HAProxy (`ready` would not), and what its
 * health checks find. A slot that nobody answers for gets no answer, which HAProxy passes over.
 * Source: HAProxy's configuration manual, 5.2, `agent-check` and `agent-send`.
 */
export function serveAgentCheck(handles: readonly Handle[], weights: Weights): { close(): void } {
  const timer = setInterval(() => weights.look(), lookEveryMs).unref();
  const open = new Set<net.Socket>();
  const servers = handles.map((handle) => {
    const server = net.createServer((connection) => {
      open.add(connection);
      connection.once('close', () => open.delete(connection));
      hear(connection, weights);
    });
    server.maxConnections = maxConnections;
    server.on('error', (error) => console.error(`agentCheck: ${error.message}`));
    return server.listen(handle);
  });
  return {
    close: () => {
      clearInterval(timer);
      for (const server of servers) server.close();
      for (const connection of open) connection.destroy();
    },
  };
}

function hear(connection: net.Socket, weights: Weights): void {
  const timer = setTimeout(() => connection.destroy(), patienceMs);
  connection.once('close', () => clearTimeout(timer)).on('error', () => {});
  let question = '';
  connection.setEncoding('latin1').on('data', (text: string) => {
    if (!connection.writable) return; // it has its answer
    question += text;
    const [line, rest] = question.split('\n', 2);
    if (line!.length > longestQuestion) connection.destroy();
    else if (rest !== undefined) connection.end(answerTo(line!, weights));
  });
}

function answerTo(line: string, weights: Weights): string {
  const weight = /^\d+\r?$/.test(line) ? weights.of(Number.parseInt(line, 10)) : undefined;
  return weight === undefined ? '' : `up ${weight}%\n`;
}
