/** Where the agent's code is entered from outside. */
export const faultEntries = [
  'request',
  'upgrade',
  'connection',
  'head',
  'body',
  'answer',
  'stream',
  'listen',
  'close',
  'message',
  'handle',
  'timer',
  'socket',
  'file',
  'promise',
  'ddp',
] as const;

export type FaultEntry = (typeof faultEntries)[number];

/** Characters of a stack. */
export const longestFault = 2_000;
