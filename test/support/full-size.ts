/** Each machine that looks for faults runs long, each test on each Node: what an ordinary run has no time for. */
export const full = process.env.RADIANT_FULL === '1';
