import type { Kind } from '../values/kind.ts';

/** An option of an app. */
export interface Option<K extends Kind = Kind> {
  kind: K;
  /** One line for help and reference. */
  summary: string;
  /** As a user would write it; read by the kind's schema like any other value. */
  default?: string;
  /** Said in place of a default that is worked out at start. */
  otherwise?: string;
  /** Environment variables of other tools that are honoured too, after `RADIANT_<OPTION>`. */
  also?: readonly string[];
  short?: string;
  /** It may be given several times. */
  multiple?: boolean;
  /** The value is a path, taken from the folder of the place that names it. */
  path?: boolean;
  /** No message shows its value. */
  secret?: boolean;
  /** Where it can be written, when not everywhere. `argument`: in the place of a flag. */
  only?: readonly ('argument' | 'flag' | 'file' | 'environment')[];
}

export function option<K extends Kind>(kind: K, rest: Omit<Option, 'kind'>): Option<K> {
  return { kind, ...rest };
}
