/** A terminal's Ctrl-C reaches npm too, which passes it on: two SIGINT so near to each other are one keystroke. */
const keystroke = 100;

export interface SignalActions {
  /** The first time gracefully, the second time at once. */
  stop(again: boolean): void;
  restart(): void;
  /** A terminal that hangs up means stop; a SIGHUP without one means restart. */
  onTerminal: boolean;
}

/** As a shell counts a command that SIGINT ended. */
export const interruption = 130;

/** Handles SIGINT, SIGTERM and SIGHUP until the returned function is called. */
export function handleSignals(
  actions: SignalActions,
  now: () => number = () => performance.now(),
): () => void {
  let stopping = false;
  let last = -Infinity;
  const stop = (signal: NodeJS.Signals): void => {
    const doubled = signal === 'SIGINT' && now() - last < keystroke;
    last = signal === 'SIGINT' ? now() : last;
    if (doubled) return;
    actions.stop(stopping);
    stopping = true;
  };
  const hangUp = (signal: NodeJS.Signals): void => {
    if (!actions.onTerminal) actions.restart();
    else if (!stopping) stop(signal);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', hangUp);
  return () => {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', hangUp);
  };
}
