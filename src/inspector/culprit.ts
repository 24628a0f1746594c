/** A frame of a call stack. Lines and columns begin with 0. */
export interface Frame {
  /** The same for all frames of one function. */
  key: string;
  name: string;
  script: string;
  lineNumber: number;
  columnNumber: number;
}

export interface Culprit {
  /** The stack to show, innermost frame first. */
  stack: Frame[];
  frame: Frame;
}

/**
 * The function that does not end, out of stacks (innermost frame first) that were taken one after the other: the
 * innermost one that is in all of them, since what it calls comes and goes. Where that is no function of the app
 * (an endless chain of promises is a loop of Node's) the function of the app that was met most often. undefined when
 * nothing ran.
 */
export function findCulprit(
  stacks: readonly Frame[][],
  ofApp: (frame: Frame) => boolean,
): Culprit | undefined {
  const common = commonDepth(stacks);
  const own = stacks.map((stack) => stack.slice(stack.length - common).find(ofApp)?.key);
  const key = own[0] ?? mostOften(stacks.map((stack) => stack.find(ofApp)?.key));
  if (key === undefined) {
    const [stack] = stacks;
    return stack?.[0] && { stack, frame: stack[0] };
  }
  // Best is a stack where it was at work itself.
  const stack =
    stacks.find(([innermost]) => innermost?.key === key) ?? stacks.find((each) => has(each, key))!;
  return { stack, frame: stack.find((frame) => frame.key === key)! };
}

const has = (stack: readonly Frame[], key: string): boolean => stack.some((frame) => frame.key === key);

/** How many frames all stacks share, counted from the outermost. */
function commonDepth(stacks: readonly Frame[][]): number {
  const [first = []] = stacks;
  let depth = 0;
  while (
    depth < first.length &&
    stacks.every((stack) => stack.at(-1 - depth)?.key === first.at(-1 - depth)!.key)
  ) {
    depth += 1;
  }
  return depth;
}

function mostOften(keys: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const key of keys) if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
