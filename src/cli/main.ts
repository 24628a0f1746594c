import { run } from './run.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal();
const code = await run(process.argv.slice(2), { terminal, cwd: process.cwd(), env: process.env });
// A pipe takes 64 KB at once: what its reader has not taken would be lost by leaving.
await terminal.settled();
process.exit(code);
