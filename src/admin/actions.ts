import * as z from '../zod.ts';
import { operations } from '../control/operations.ts';
import { findOperation, perform } from '../control/perform.ts';
import { RadiantError } from '../common/errors.ts';
import type { RunFolder } from '../disk/run-folder.ts';
import type { Fleet } from '../running/operations.ts';
import { rollBack } from './rollback.ts';

/** What the page may do to a running app. Stopping it is left to those who can start it again. */
export interface Actions {
  readonly names: readonly string[];
  /** Resolves with what came of it. Errors: USAGE, those of the operation. */
  run(name: string, input: unknown): Promise<unknown>;
}

const offered = ['restart', 'scale', 'replace'].filter((name) => Object.hasOwn(operations, name));
const rollbackInput = z.strictObject({ release: z.int().check(z.minimum(1)) });

/** An action goes on when the page that asked for it is closed: a phone's is as soon as it is put away. */
const neverGone = new AbortController().signal;

export function actionsOf(fleet: Fleet, run: RunFolder, keepReleases: number): Actions {
  return {
    names: [...offered, 'rollback'],
    run: async (name, input) => {
      if (offered.includes(name)) return perform(findOperation(name, 'POST'), fleet, input, neverGone);
      if (name !== 'rollback') throw new RadiantError('USAGE', `the page knows no action "${name}"`);
      const read = rollbackInput.safeParse(input);
      if (!read.success) throw new RadiantError('USAGE', z.prettifyError(read.error));
      return rollBack(fleet, run, keepReleases, read.data.release);
    },
  };
}
