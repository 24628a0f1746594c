/** What an app turned out to be, ready to be run: everything a worker's command line needs. */
export interface Program {
  kind: 'meteor' | 'node';
  /** Absolute path of the file that Node runs. */
  entry: string;
  /** The folder that the worker runs in. */
  cwd: string;
  /** Absolute path of the Node binary, and its version without a `v`. */
  nodePath: string;
  nodeVersion: string;
  /** Where that Node came from, in words for the user: "found by nvm", "fetched from the npm registry". */
  nodeSource: string;
}
