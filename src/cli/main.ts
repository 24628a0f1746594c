import { run } from './run.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal();

/** Somebody may have removed it: what needs no relative path goes on. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.chdir('/');
    terminal.complain('radiant: the current folder has been removed; relative paths begin at /');
    return '/';
  }
}

const code = await run(process.argv.slice(2), { terminal, cwd: currentFolder(), env: process.env });
// A pipe takes 64 KB at once: what its reader has not taken would be lost by leaving.
await terminal.settled();
process.exit(code);
