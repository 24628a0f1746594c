import type { ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { Lines } from '../../protocol/lines.ts';
import {
  moveCommand,
  sessionCommand,
  type MoveMessage,
  type SessionMessage,
} from '../../protocol/messages.ts';
import { boolean, number, record, string } from '../../protocol/shape.ts';
import { Intake } from './intake.ts';
import type { Handle } from '../../running/handle.ts';

export interface ChannelEvents {
  /** A socket comes with it, unless that could not be sent. */
  moved(message: MoveMessage | SessionMessage, handle: Handle | undefined): void;
  /** The app has called `process.send('ready')`. */
  ready(): void;
}

/** The pipe behind Node's channel, as it is from Node 22 to 26; undocumented. */
interface Pipe {
  /** Without a chunk: the end. */
  onread(chunk?: ArrayBuffer): void;
  /** What came with the chunk that is being read. */
  pendingHandle: Handle | null;
  readStart(): void;
  readStop(): void;
}

interface NodeMessage {
  cmd?: unknown;
  type?: unknown;
  msg?: unknown;
}

const isMove = record({ move: string, worker: number, bound: boolean, bytes: string });
const moves = (message: unknown): message is MoveMessage | SessionMessage =>
  isMove(message) &&
  [moveCommand, sessionCommand].includes((message as unknown as NodeMessage).cmd as string);

/**
 * Reads what a worker sends over its IPC channel, in the place of Node's own reader: that throws at what is no JSON, and
 * does what it is told to any handle, and the worker may be another user's. What is none of ours is left out.
 */
export function readChannel(child: ChildProcess, events: ChannelEvents): void {
  const pipe = pipeOf(child);
  const ended = pipe.onread;
  const decoder = new StringDecoder('utf8');
  const lines = new Lines();
  const intake = new Intake({ pause: () => pipe.readStop(), resume: () => pipe.readStart() });
  let handle: Handle | undefined;
  pipe.onread = (chunk) => {
    handle = replaced(handle, pipe.pendingHandle);
    pipe.pendingHandle = null;
    if (chunk === undefined) {
      handle?.close();
      intake.end();
      ended.call(pipe);
      return;
    }
    const text = lines.take(decoder.write(Buffer.from(chunk)));
    for (const line of text) if (hear(child, events, line, handle)) handle = undefined;
    intake.took(text.length, chunk.byteLength);
  };
}

function pipeOf(child: ChildProcess): Pipe {
  const key = Object.getOwnPropertySymbols(child).find(({ description }) => description === 'kChannelHandle');
  if (key === undefined) throw new Error(`Node ${process.version} keeps its channel elsewhere`);
  return Reflect.get(child, key) as Pipe;
}

/** A handle that no message came for is nobody's. */
function replaced(before: Handle | undefined, now: Handle | null): Handle | undefined {
  if (now === null) return before;
  before?.close();
  return now;
}

/** True when `handle` was the message's. */
function hear(child: ChildProcess, events: ChannelEvents, line: string, handle: Handle | undefined): boolean {
  const message = parsed(line);
  if (message === 'ready') events.ready();
  if (typeof message !== 'object' || message === null) return false;
  const { cmd, type, msg } = message as NodeMessage;
  if (moves(message)) events.moved(message, undefined);
  else if (cmd === 'NODE_HANDLE_ACK' || cmd === 'NODE_HANDLE_NACK') acknowledged(child, message);
  else if (cmd === 'NODE_HANDLE') {
    // As Node does: the sender sends nothing else before that.
    answer(child, handle === undefined ? 'NODE_HANDLE_NACK' : 'NODE_HANDLE_ACK');
    if (type === 'net.Native' && moves(msg) && handle !== undefined) events.moved(msg, handle);
    else handle?.close();
    return true;
  }
  return false;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Node waits for it, if it has sent a handle; else it would throw. What waits behind that is undocumented too. */
function acknowledged(child: ChildProcess, message: object): void {
  if (!Array.isArray(Reflect.get(child, '_handleQueue'))) return;
  (child as NodeJS.EventEmitter).emit('internalMessage', message);
}

function answer(child: ChildProcess, cmd: string): void {
  if (child.connected) child.send({ cmd }, () => {});
}
