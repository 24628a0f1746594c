import { report, run } from './run.ts';
import { openTerminal } from './output/terminal.ts';

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

const world = { terminal, cwd: currentFolder(), env: process.env };
// Of callbacks, which nobody awaits.
process.on('uncaughtException', (error) => process.exit(report(error, world)));
void run(process.argv.slice(2), world).then(async (code) => {
  // A pipe takes 64 KB at once: what its reader has not taken would be lost by leaving.
  await world.terminal.settled();
  process.exit(code);
});
