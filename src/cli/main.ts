import { endWith } from './output/report.ts';
import { openTerminal } from './output/terminal.ts';
import { run } from './run.ts';

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
void endWith(run(process.argv.slice(2), world), world);
