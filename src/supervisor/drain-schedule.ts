/** How long a worker that is replaced may take to finish what it has. */
const limitMs = 60_000;
/** WebSockets closed a second while a worker drains: each reconnect runs its publications again. */
const goodbyesPerSecond = 200;

/** How a worker empties: its WebSockets are closed evenly over `pace` ms, and after `limitMs` it is stopped. */
export interface DrainSchedule {
  pace: number;
  limitMs: number;
}

/** For a worker whose clients go on in other ones. */
export const unhurried = (websockets: number): DrainSchedule => ({
  pace: Math.min(limitMs / 2, (websockets / goodbyesPerSecond) * 1000),
  limitMs,
});

/** For an app that stops: nobody can reconnect anyway. Half of the time is left to the app's own ending. */
export const hurried = (killTimeout: number): DrainSchedule => ({ pace: 0, limitMs: killTimeout / 2 });
