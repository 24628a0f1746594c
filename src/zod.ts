/**
 * What Radiant uses of zod. Built into one file, `#zod` in package.json: its hundred files, half of them error messages
 * in other languages, would take 80 ms of CPU and 10 MB in each process that checks something.
 */
export {
  NEVER,
  array,
  boolean,
  enum,
  int,
  literal,
  number,
  object,
  prettifyError,
  record,
  strictObject,
  string,
  union,
} from 'zod';
