import type { Random } from '../support/random.ts';

/** How a client comes in: by the public port, by a worker's own socket, over TLS, over HTTP/2. */
export type Door = 'public' | 'own' | 'tls' | 'h2';

export interface Asked {
  id: string;
  kind: 'get' | 'post' | 'upgrade';
  mode: string;
  /** When the app answers. */
  ms: number;
  /** The slot that its cookie names. */
  owner: number;
  /** Bytes of the body. */
  body: number;
}

/** How a client goes: not before it is answered, or in the middle. `bare` ends TCP without ending TLS. */
export type Manner = 'stays' | 'ends' | 'bare' | 'resets' | 'silent' | 'cancels';

/** What one client does. */
export interface Round {
  door: Door;
  /** The slot whose socket it uses; the public ones are shared. */
  slot: number;
  asked: Asked[];
  /** All at once, or the next one after each answer. */
  pipelined: boolean;
  /** When it begins, in milliseconds from the start of its wave. */
  begins: number;
  /** The share of its first write; the rest follows after `pause` ms. */
  first: number;
  pause: number;
  manner: Manner;
  /** When it goes, from its connection on; 0: as soon as it has asked. */
  goes: number;
  /** For how long it is silent before it resets. */
  silence: number;
}

/** What befalls the owner of most clients of a wave, so many ms from its start; `for` says how long it hangs. */
export interface Trouble {
  kind: 'none' | 'hangs' | 'hangs and is killed' | 'is killed' | 'is replaced';
  slot: number;
  at: number;
  for: number;
}

export interface Wave {
  trouble: Trouble;
  rounds: Round[];
}

const modes = {
  get: ['now', 'now', 'later', 'stream', 'big', 'closes', 'cut'],
  post: ['read', 'read', 'read', 'now', 'later', 'stream', 'closes', 'cut'],
  upgrade: ['now', 'now', 'later', 'leaves', 'refused'],
};

/** One after the other, so that a few waves have all of them. */
const troubles: Trouble['kind'][] = [
  'none',
  'hangs',
  'is killed',
  'is replaced',
  'hangs',
  'none',
  'hangs and is killed',
];

/** Milliseconds from 0 to `most`: half of them within a tenth, since most awaits are short. */
const soon = (random: Random, most: number): number =>
  random.next() * (random.percent(50) ? most / 10 : most);

/** The wave of an index: so many clients that come by these doors to so many slots. */
export function waveOf(
  random: Random,
  index: number,
  doors: readonly Door[],
  slots: number,
  clients: number,
): Wave {
  const trouble: Trouble = {
    kind: troubles[index % troubles.length]!,
    slot: random.int(1, slots),
    at: soon(random, 80),
    for: 30 + soon(random, 800),
  };
  const rounds = Array.from({ length: clients }, (_, i) =>
    roundOf(random, `${index}-${i}`, random.pick(doors), slots, trouble.slot),
  );
  return { trouble, rounds };
}

function roundOf(random: Random, name: string, door: Door, slots: number, troubled: number): Round {
  const owner = (): number => (random.percent(70) ? troubled : random.int(1, slots));
  const several = random.percent(40) ? random.int(1, 6) : 1;
  const asked = Array.from({ length: several }, (_, i) => askedOf(random, `${name}.${i}`, door, owner()));
  const upgrade = asked.findIndex(({ kind }) => kind === 'upgrade');
  if (upgrade >= 0) asked.splice(upgrade + 1); // nothing follows one
  const manners: Manner[] = ['stays', 'stays', 'ends', 'resets', 'silent'];
  if (door === 'tls' || door === 'h2') manners.push('bare');
  if (door === 'h2') manners.push('cancels');
  return {
    door,
    slot: random.int(1, slots),
    asked,
    // Node leaves it open what becomes of an answer that an upgrade overtakes.
    pipelined: random.percent(40) && upgrade < 0,
    begins: soon(random, 60),
    first: random.percent(30) ? random.next() : 1,
    pause: soon(random, 40),
    manner: random.pick(manners),
    goes: random.percent(25) ? 0 : soon(random, 80),
    silence: 50 + soon(random, 400),
  };
}

function askedOf(random: Random, id: string, door: Door, owner: number): Asked {
  // Over HTTP/2 there are no upgrades, and bodies fit into the windows that streams have at first.
  const h2 = door === 'h2';
  const kind = random.pick(['get', 'get', 'post', 'post', h2 ? 'get' : 'upgrade'] as const);
  const body = kind === 'post' ? random.pick([1, 100, 20_000, h2 ? 20_000 : 200_000]) : 0;
  return { id, kind, mode: random.pick(modes[kind]), ms: soon(random, 60), owner, body };
}
