import { config } from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// Without it every message is "Invalid input".
config(en());

/** What Radiant uses of zod: its functional half, which takes a third of the time and memory of the other one. */
export {
  array,
  boolean,
  describe,
  enum,
  exactOptional,
  int,
  literal,
  maximum,
  maxLength,
  minimum,
  minLength,
  NEVER,
  nullable,
  number,
  object,
  optional,
  pipe,
  positive,
  prettifyError,
  record,
  refine,
  regex,
  strictObject,
  string,
  transform,
  union,
} from 'zod/mini';
