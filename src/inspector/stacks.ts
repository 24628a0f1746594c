import { setTimeout as wait } from 'node:timers/promises';
import type { Frame } from './culprit.ts';
import type { InspectorSession } from './session.ts';
import type { Script } from './source-maps.ts';

/** How often the process is paused, and how long it runs between two pauses. */
const pauses = 8;
const betweenMs = 15;
/** Sometimes a pause is not answered: the next one is asked for, and what was seen counts. */
const patienceMs = 2_000;

interface Location {
  scriptId: string;
  lineNumber: number;
  columnNumber?: number;
}

/** Of the protocol's `Debugger.CallFrame`. Lines and columns begin with 0. */
interface CallFrame {
  callFrameId: string;
  functionName: string;
  location: Location;
  functionLocation?: Location;
}

/** What was seen of a process: the same call stack several times, a moment later each, and the scripts in it. */
export interface Samples {
  stacks: Frame[][];
  scripts: ReadonlyMap<string, Script>;
}

const key = ({ functionName, functionLocation: at }: CallFrame): string =>
  JSON.stringify([functionName, at?.scriptId, at?.lineNumber, at?.columnNumber]);

/**
 * Pauses a process again and again and takes its call stack each time. A main thread that is busy answers too: V8
 * serves the inspector at its interrupt checks, in loops and inside of regular expressions. A profile would say
 * less: V8 counts what it has inlined as its caller's. Rejects when `pid` is not the process behind the session.
 */
export async function takeStacks(session: InspectorSession, pid: number): Promise<Samples> {
  const scripts = new Map<string, Script>();
  session.on('Debugger.scriptParsed', (script: Script & { scriptId: string }) =>
    scripts.set(script.scriptId, script),
  );
  let paused = Promise.withResolvers<CallFrame[]>();
  session.on('Debugger.paused', ({ callFrames }: { callFrames: CallFrame[] }) => paused.resolve(callFrames));
  await session.call('Debugger.enable');
  const stacks: Frame[][] = [];
  for (let i = 0; i < pauses; i += 1) {
    paused = Promise.withResolvers();
    // oxlint-disable no-await-in-loop -- one pause after the other
    const { promise } = paused;
    const asked = session.call('Debugger.pause').then(() => promise);
    const frames = await Promise.race([asked, wait(patienceMs, undefined, { ref: false })]);
    if (frames === undefined) continue;
    if (stacks.length === 0) await verify(session, frames, pid);
    stacks.push(
      frames.map((frame) => {
        const { scriptId, lineNumber, columnNumber = 0 } = frame.location;
        return { key: key(frame), name: frame.functionName, script: scriptId, lineNumber, columnNumber };
      }),
    );
    await session.call('Debugger.resume');
    await wait(betweenMs);
    // oxlint-enable no-await-in-loop
  }
  return { stacks, scripts };
}

/** The address came from what a process wrote: two of them may write into one file, and an app may write anything. */
async function verify(session: InspectorSession, frames: readonly CallFrame[], pid: number): Promise<void> {
  const { result } = (await session.call('Debugger.evaluateOnCallFrame', {
    callFrameId: frames[0]?.callFrameId,
    expression: 'globalThis.process.pid',
    silent: true,
    throwOnSideEffect: false,
  })) as { result: { value?: unknown } };
  if (result.value !== pid) throw new Error(`this is not the inspector of ${pid}`);
}
