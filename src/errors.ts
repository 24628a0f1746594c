/**
 * Every error that Radiant tells a user: its code, its exit code and what it means.
 * `docs/errors.md` is generated from this table; a test compares the two.
 * Exit codes follow sysexits(3) where one fits.
 */
export const errors = {
  USAGE: { exit: 64, means: 'The command line is wrong: an unknown verb or flag, or a value that does not fit' },
  CONFIG: { exit: 78, means: 'The configuration file, the environment or a flag holds a value that does not fit' },
  APP_NOT_FOUND: { exit: 66, means: 'There is no app at the given path, or it is no app that Radiant can start' },
  ARCHIVE: { exit: 65, means: 'The archive cannot be unpacked: damaged, too large, or it would write outside its folder' },
  SETTINGS: { exit: 65, means: 'The settings file is missing or holds no valid JSON' },
  NODE_VERSION: { exit: 69, means: 'The Node version that the app asks for can neither be found nor fetched' },
  INSTALL: { exit: 70, means: "Installing the bundle's npm packages failed" },
  PORT_IN_USE: { exit: 98, means: 'Another process listens on this address already' },
  ADDRESS: { exit: 77, means: 'The address cannot be bound: no permission, or this machine does not have it' },
  PATH_TOO_LONG: { exit: 73, means: 'A UNIX socket path is longer than the 107 bytes that Linux allows (103 on macOS)' },
  STATE: { exit: 74, means: "Radiant's own folders or files cannot be read or written" },
  ALREADY_RUNNING: { exit: 75, means: 'An app of this name runs already' },
  NOT_RUNNING: { exit: 3, means: 'No running app answers to this name' },
  AMBIGUOUS: { exit: 64, means: 'Several apps are running, and the command does not say which one it means' },
  START_FAILED: { exit: 1, means: 'No worker became ready: the app crashed at start or never listened' },
  OPERATION_FAILED: { exit: 1, means: 'The running app could not do what the command asked for' },
  NODE_TOO_OLD: { exit: 72, means: 'Radiant itself runs on a Node that is too old' },
} as const satisfies Record<string, { exit: number; means: string }>;

export type ErrorCode = keyof typeof errors;

/** An error that is meant for the user: `message` says what is wrong and where, `remedy` what to do about it. */
export class RadiantError extends Error {
  override readonly name = 'RadiantError';
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }

  get exitCode(): number {
    return errors[this.code].exit;
  }
}
