import { run } from './run.ts';
import { openTerminal } from './terminal.ts';

// Pipes, files and terminals are written synchronously on Linux and macOS: nothing is lost by leaving at once.
process.exit(
  await run(process.argv.slice(2), { terminal: openTerminal(), cwd: process.cwd(), env: process.env }),
);
