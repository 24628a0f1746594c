import { findCulprit, type Frame } from './culprit.ts';
import { InspectorSession } from './session.ts';
import { isNodes, SourceMaps, type Script } from './source-maps.ts';
import { takeStacks } from './stacks.ts';

/** Where to look, and for whom. */
export interface Order {
  /** The inspector's `ws:` address. */
  url: string;
  /** The process that must be behind it. */
  pid: number;
  /** The app's folder: files below it are named from there. */
  root: string;
  /** Whose rights are enough to read the app's source maps. */
  account?: { uid: number; gid: number };
}

export interface Finding {
  /** `function (file:line)`; undefined when nothing ran. */
  where?: string;
  /** `function (file:line:column)`, innermost first. */
  stack: string[];
}

/** More of a stack says nothing more. */
const framesShown = 40;
/** Both are the app's own: its names may be of any length. */
const longestWord = 500;
const nothing: Script = { url: '' };

/** Finds out what a process is doing. Rejects when its inspector does not answer, or is somebody else's. */
export async function findPlace({ url, pid, root }: Order): Promise<Finding> {
  const session = await InspectorSession.open(url);
  const { stacks, scripts } = await takeStacks(session, pid);
  const scriptOf = (frame: Frame): Script => scripts.get(frame.script) ?? nothing;
  const culprit = findCulprit(stacks, (frame) => !isNodes(scriptOf(frame)));
  if (culprit === undefined) return { stack: [] };
  const maps = new SourceMaps(root);
  const words = (frame: Frame, withColumn: boolean): string => {
    const { file, line, column } = maps.place(scriptOf(frame), frame.lineNumber, frame.columnNumber);
    const name = frame.name === '' ? '(anonymous)' : frame.name;
    const place = `${file || '(no file)'}:${line}${withColumn ? `:${column}` : ''}`;
    return `${name.slice(0, longestWord)} (${place.slice(-longestWord)})`;
  };
  return {
    where: words(culprit.frame, false),
    stack: culprit.stack.slice(0, framesShown).map((frame) => words(frame, true)),
  };
}
