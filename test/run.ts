import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedApp } from './support/meteor-bundle.ts';

/**
 * `npm test`: installs what Debian packages the tests need, builds the agent, the page and the example app, runs every test.
 * `npm test -- FILE…` runs some of them.
 */
const needed = [
  ['nginx', 'nginx-light'],
  ['haproxy', 'haproxy'],
  ['pebble', 'pebble'],
  ['zsh', 'zsh'],
  ['fish', 'fish'],
  ['socat', 'socat'],
  ['openssl', 'openssl'],
  ['systemd-analyze', 'systemd'],
  ['chromium', 'chromium'],
  ['promtool', 'prometheus'],
  ['faketime', 'faketime'],
] as const;

function run(command: string, args: string[]): number {
  return spawnSync(command, args, { stdio: 'inherit' }).status ?? 1;
}

const has = (program: string): boolean =>
  spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin" command -v ${program}`]).status === 0;

const missing = needed.filter(([program]) => !has(program)).map(([, name]) => name);
if (missing.length > 0) {
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  const installed =
    run('apt-get', ['update', '-qq']) === 0 && run('apt-get', ['install', '-y', '-qq', ...missing]) === 0;
  if (!installed) {
    console.error(
      `the tests need these Debian packages, and they could not be installed: ${missing.join(' ')}`,
    );
    process.exit(1);
  }
}
if (run('npm', ['run', '--silent', 'build']) !== 0) process.exit(1);
if (run('npm', ['run', '--silent', 'example', '--', installedApp, '--install']) !== 0) process.exit(1);
// Most of a test's time goes into starting processes, and most of that into compiling the same files again.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled');
const named = process.argv.slice(2);
const files =
  named.length > 0
    ? named
    : globSync(['src/**/*.test.ts', 'bench/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts']);
const watchdog = `--import=${pathToFileURL(join(import.meta.dirname, 'support', 'watchdog.ts')).href}`;
// Tests wait for a part of their time: four files at a time keep two cores busy.
process.exit(
  run(process.execPath, [
    watchdog,
    '--test',
    '--test-concurrency=4',
    '--test-timeout=480000',
    ...files.toSorted(),
  ]),
);
