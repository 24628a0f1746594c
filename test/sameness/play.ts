import type { Case } from './case.ts';
import { Exchange, type Got } from './exchange.ts';
import type { Saw } from './observer.ts';
import type { Stage } from './stage.ts';
import type { Way } from './ways.ts';

/** All that came of a case in one way. */
export interface Outcome {
  got: Got;
  /** What the app saw, in the order of the requests. */
  saw: Saw[];
  /** The app was never done with one of the requests. */
  open: boolean;
  /** Which slot should have served each. */
  slots: number[];
  id: string;
}

let runs = 0;
/** After an exception nobody caught. */
const despairMs = 700;

const nextId = (): string => (runs += 1).toString(36).padStart(8, '0');

interface Played {
  got: Got;
  slot: (request: number) => number;
}

async function playHere(stage: Stage, made: Case, way: Way, odd: boolean, id: string): Promise<Played> {
  const { connection, slot } = await way.open(stage, odd, made.malformed);
  const exchange = new Exchange(connection, made, { id, slot, proxied: way.proxied ?? false });
  const despair = stage.observer.onDeath(way.stand, () => connection.despair(despairMs));
  const got = await exchange.play();
  despair();
  connection.close();
  return { got, slot };
}

async function playStream(stage: Stage, made: Case, odd: boolean, id: string): Promise<Played> {
  const slot = (): number => stage.workers('secure')[odd ? 0 : 1]!.slot;
  return { got: await stage.streams.play(made, { id, slot, proxied: false }), slot };
}

/** Plays a case in one way; `awaited`: the numbers of the requests that must come to the app. */
export async function play(
  stage: Stage,
  made: Case,
  way: Way,
  odd: boolean,
  awaited: readonly string[] = [],
): Promise<Outcome> {
  const id = nextId();
  const { got, slot } = way.http2
    ? await playStream(stage, made, odd, id)
    : await playHere(stage, made, way, odd, id);
  const { seen, open } = await stage.observer.settled(way.stand, id, awaited);
  const saw = seen.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  // What a client sent behind the request that its connection ended with may come to the app late.
  const chance = made.pipelined && got.end !== 'open';
  stage.observer.over(id, chance ? undefined : `${made.requests[0]!.line} ${way.name}`);
  const slots = [...made.requests, null].map((_, i) => slot(i));
  return { got, saw, open, slots, id };
}
