/** Told step by step while an app is prepared; a terminal shows it, a service logs it. */
export interface Progress {
  /** A step begins or ends, in one line. */
  step(text: string): void;
  /** Bytes done of bytes expected, for a download. */
  transfer(label: string, done: number, total: number): void;
}
