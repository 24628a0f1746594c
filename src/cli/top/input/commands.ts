import { telling } from '../model/columns.ts';
import { moved, selectedRow, shownRows, type TopState } from '../model/state.ts';

/** What a key asks for that is more than another picture. */
export type Command =
  | { do: 'quit' }
  | { do: 'suspend' }
  | { do: 'redraw' }
  | { do: 'restart' }
  | { do: 'scale'; change: '+1' | '-1' }
  | { do: 'replace'; worker: number };

export interface Pressed {
  state: TopState;
  command?: Command | undefined;
}

interface Binding {
  keys: readonly string[];
  /** How the help names the keys, and what they do. */
  shown: string;
  help: string;
  /** For the line at the bottom; without it they stand in the help only. */
  brief?: string;
  press(state: TopState): Pressed;
}

const page = 10;

const move =
  (by: number) =>
  (state: TopState): Pressed => ({ state: moved(state, by) });
const ask =
  (command: Command) =>
  (state: TopState): Pressed => ({ state, command });

function sortBeside(by: number) {
  return (state: TopState): Pressed => {
    const names = telling(shownRows(state));
    const index = (names.indexOf(state.sort.by) + by + names.length) % names.length;
    return { state: { ...state, sort: { by: names[index]!, reversed: false } } };
  };
}

export const bindings: readonly Binding[] = [
  { keys: ['up', 'k'], shown: '↑ k', help: 'the worker above', press: move(-1) },
  { keys: ['down', 'j'], shown: '↓ j', help: 'the worker below', press: move(1) },
  { keys: ['page up'], shown: 'PgUp', help: 'ten workers up', press: move(-page) },
  { keys: ['page down'], shown: 'PgDn', help: 'ten workers down', press: move(page) },
  { keys: ['home', 'g'], shown: 'Home g', help: 'the first worker', press: move(-Infinity) },
  { keys: ['end', 'G'], shown: 'End G', help: 'the last worker', press: move(Infinity) },
  { keys: ['s', '>'], shown: 's >', help: 'sort by the next column', brief: 'sort', press: sortBeside(1) },
  { keys: ['<'], shown: '<', help: 'sort by the column before', press: sortBeside(-1) },
  {
    keys: ['S'],
    shown: 'S',
    help: 'sort the other way round',
    press: (state) => ({ state: { ...state, sort: { ...state.sort, reversed: !state.sort.reversed } } }),
  },
  {
    keys: ['r'],
    shown: 'r',
    help: 'restart all workers, one after the other',
    brief: 'restart',
    press: (state) => ({ state: { ...state, mode: 'confirm' } }),
  },
  {
    keys: ['+', '='],
    shown: '+',
    help: 'one worker more',
    brief: 'more',
    press: ask({ do: 'scale', change: '+1' }),
  },
  {
    keys: ['-'],
    shown: '-',
    help: 'one worker less',
    brief: 'less',
    press: ask({ do: 'scale', change: '-1' }),
  },
  {
    keys: ['d'],
    shown: 'd',
    help: 'replace this worker: a successor starts first',
    brief: 'replace',
    press: (state) => {
      const row = selectedRow(state);
      return { state, command: row && { do: 'replace', worker: row.worker.slot } };
    },
  },
  {
    keys: ['p', ' '],
    shown: 'p',
    help: 'pause the picture, or let it go on',
    brief: 'pause',
    press: (state) => {
      const frozen = state.frozen === undefined ? state.live : undefined;
      return { state: moved({ ...state, frozen }, 0) };
    },
  },
  {
    keys: ['?', 'h'],
    shown: '?',
    help: 'this help',
    brief: 'help',
    press: (state) => ({ state: { ...state, mode: 'help' } }),
  },
  { keys: ['ctrl-l'], shown: '^L', help: 'draw everything anew', press: ask({ do: 'redraw' }) },
  { keys: ['ctrl-z'], shown: '^Z', help: 'back to the shell for a while', press: ask({ do: 'suspend' }) },
  { keys: ['q', 'ctrl-c'], shown: 'q ^C', help: 'quit', brief: 'quit', press: ask({ do: 'quit' }) },
];

/** Keys that mean the same whatever is on the screen. */
const always = new Set(['ctrl-c', 'ctrl-l', 'ctrl-z']);

export function press(state: TopState, key: string): Pressed {
  if (!always.has(key)) {
    if (state.mode === 'help') return { state: { ...state, mode: 'table' } };
    if (state.mode === 'confirm') {
      const agreed = key === 'y' || key === 'Y';
      return { state: { ...state, mode: 'table' }, command: agreed ? { do: 'restart' } : undefined };
    }
  }
  return bindings.find(({ keys }) => keys.includes(key))?.press(state) ?? { state };
}

export const question = (state: TopState): string => `Restart all ${shownRows(state).length} workers? y/n`;
