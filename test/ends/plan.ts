import type { Dice } from './dice.ts';

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

/** What befalls the owner of most clients of a wave, so many ms from its start: `for` says how long it hangs. */
export interface Trouble {
  kind: 'none' | 'hangs' | 'hangs and is killed' | 'is killed';
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
const troubles: Trouble['kind'][] = ['none', 'hangs', 'is killed', 'hangs', 'none', 'hangs and is killed'];

/** The wave of an index: so many clients that come by these doors to so many slots. */
export function waveOf(
  dice: Dice,
  index: number,
  doors: readonly Door[],
  slots: number,
  clients: number,
): Wave {
  const trouble: Trouble = {
    kind: troubles[index % troubles.length]!,
    slot: 1 + dice.upTo(slots - 1),
    at: dice.soon(80),
    for: 30 + dice.soon(800),
  };
  const rounds = Array.from({ length: clients }, (_, i) =>
    roundOf(dice, `${index}-${i}`, dice.of(...doors), slots, trouble.slot),
  );
  return { trouble, rounds };
}

function roundOf(dice: Dice, name: string, door: Door, slots: number, troubled: number): Round {
  const owner = (): number => (dice.chance(0.7) ? troubled : 1 + dice.upTo(slots - 1));
  const several = dice.chance(0.4) ? 1 + dice.upTo(2) : 1;
  const asked = Array.from({ length: several }, (_, i) => askedOf(dice, `${name}.${i}`, door, owner()));
  const upgrade = asked.findIndex(({ kind }) => kind === 'upgrade');
  if (upgrade >= 0) asked.splice(upgrade + 1); // nothing follows one
  const manners: Manner[] = ['stays', 'stays', 'ends', 'resets', 'silent'];
  if (door === 'tls' || door === 'h2') manners.push('bare');
  if (door === 'h2') manners.push('cancels');
  return {
    door,
    slot: 1 + dice.upTo(slots - 1),
    asked,
    // Node leaves it open what becomes of an answer that an upgrade overtakes.
    pipelined: dice.chance(0.4) && upgrade < 0,
    begins: dice.soon(60),
    first: dice.chance(0.3) ? dice.next() : 1,
    pause: dice.soon(40),
    manner: dice.of(...manners),
    goes: dice.chance(0.25) ? 0 : dice.soon(80),
    silence: 50 + dice.soon(400),
  };
}

function askedOf(dice: Dice, id: string, door: Door, owner: number): Asked {
  // Over HTTP/2 there are no upgrades, and bodies fit into the windows that streams have at first.
  const h2 = door === 'h2';
  const kind = dice.of('get', 'get', 'post', 'post', h2 ? 'get' : 'upgrade');
  const body = kind === 'post' ? dice.of(1, 100, 20_000, h2 ? 20_000 : 200_000) : 0;
  return { id, kind, mode: dice.of(...modes[kind]), ms: dice.soon(60), owner, body };
}
