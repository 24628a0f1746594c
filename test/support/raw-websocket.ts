import { randomBytes } from 'node:crypto';
import net from 'node:net';

/** What one WebSocket of a load test went through. */
export interface Outcome {
  /** The first message of the server: who answers. */
  pid?: number;
  slot?: number;
  /** How often the server sent the client's own first frame back. */
  echoes: number;
  /** How many 101 came. */
  upgrades: number;
  /** What went wrong, if anything did. */
  failure?: string;
  /** From the first byte to the echo. */
  ms: number;
}

export interface RawOptions {
  /** Where to: a port on 127.0.0.1, or a UNIX socket. */
  to: { port: number } | { path: string };
  cookie?: string;
  text: string;
  /** The first frame goes with the upgrade, in one write; else in the write that follows at once. */
  joined?: boolean;
}

/** A client's frame of less than 126 bytes, text unless told, masked as RFC 6455, 5.3 asks. */
export function clientFrame(content: string | Buffer, opcode = 1): Buffer {
  const payload = Buffer.from(content as string);
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]);
}

/** A server's unmasked frames, and what is not complete yet. */
export function serverFrames(bytes: Buffer): { frames: { opcode: number; text: string }[]; rest: Buffer } {
  const frames: { opcode: number; text: string }[] = [];
  let rest = bytes;
  for (;;) {
    const short = (rest[1] ?? 0) & 0x7f;
    const start = short === 126 ? 4 : 2;
    if (rest.length < start) return { frames, rest };
    const length = short === 126 ? rest.readUInt16BE(2) : short;
    if (rest.length < start + length) return { frames, rest };
    frames.push({ opcode: rest[0]! & 0x0f, text: rest.toString('utf8', start, start + length) });
    rest = rest.subarray(start + length);
  }
}

/**
 * Opens a WebSocket and sends its first frame without waiting for the answer to the upgrade. Settles with what came
 * of it when that frame is back or the connection is gone; the connection stays open for `linger` to close.
 */
export function openRawWebSocket(options: RawOptions): Promise<Outcome & { socket: net.Socket }> {
  const started = performance.now();
  const socket = net.connect(options.to);
  const head =
    `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
    `${options.cookie === undefined ? '' : `Cookie: ${options.cookie}\r\n`}\r\n`;
  const frame = clientFrame(options.text);
  if (options.joined ?? true) socket.write(Buffer.concat([Buffer.from(head), frame]));
  else {
    socket.write(head);
    socket.write(frame);
  }
  const outcome: Outcome & { socket: net.Socket } = { socket, echoes: 0, upgrades: 0, ms: 0 };
  let bytes = Buffer.alloc(0);
  return new Promise((resolve) => {
    const settle = (failure?: string): void => {
      if (outcome.echoes === 0 && failure !== undefined) outcome.failure ??= failure;
      outcome.ms = performance.now() - started;
      resolve(outcome);
    };
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (outcome.upgrades === 0 || bytes.toString('latin1', 0, 5) === 'HTTP/') {
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        const line = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
        if (!line.includes(' 101 ')) settle(line);
        outcome.upgrades += 1;
        bytes = bytes.subarray(end + 4);
      }
      const { frames, rest } = serverFrames(bytes);
      bytes = Buffer.from(rest);
      for (const { opcode, text } of frames) {
        if (opcode !== 1) continue;
        if (text === options.text) outcome.echoes += 1;
        else Object.assign(outcome, JSON.parse(text));
      }
      if (outcome.echoes > 0) settle();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    socket.on('close', () => settle('closed'));
  });
}
