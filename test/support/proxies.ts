import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, userInfo } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../../src/installation.ts';

const cli = programPath('cli');

/** Debian keeps both programs where only root's PATH leads. */
export const proxyPath = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** An app that runs, by its home and its name; the port that the proxy shall take; a folder for its files. */
export interface Layout {
  home: string;
  name: string;
  port: number;
  folder: string;
  /** Further flags of `radiant export`. */
  flags?: string[];
}

/** A real program, with the configuration that `radiant export` writes for an app. */
export interface Proxy {
  name: 'nginx' | 'haproxy';
  /** What surrounds the exported file: processes, logs, temporary folders. */
  main(folder: string, exported: string): string;
  /** Its command line, for the main file and the exported one. */
  args(main: string, exported: string): string[];
}

const cores = availableParallelism();

function nginxMain(folder: string, exported: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes ${cores};
${process.getuid?.() === 0 ? `user ${userInfo().username};` : ''}
pid ${folder}/nginx.pid;
error_log ${folder}/error.log notice;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000;
  ssl_protocols TLSv1.2 TLSv1.3;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  include ${exported};
}
`;
}

const haproxyMain = (): string => `global
  nbthread ${cores}
  maxconn 8192
`;

export const nginx: Proxy = {
  name: 'nginx',
  main: nginxMain,
  args: (main) => ['-c', main],
};
export const haproxy: Proxy = {
  name: 'haproxy',
  main: haproxyMain,
  args: (main, exported) => ['-db', '-f', main, '-f', exported],
};

/** Exports the configuration of a running app and writes what surrounds it; returns the program's arguments. */
export function prepareProxy(proxy: Proxy, { home, name, port, folder, flags = [] }: Layout): string[] {
  const [main, exported] = [join(folder, 'main.conf'), join(folder, `${proxy.name}.conf`)];
  const bind = ['--bind', `127.0.0.1:${port}`];
  const { status, stderr } = spawnSync(
    process.execPath,
    [cli, 'export', proxy.name, '--name', name, '--out', exported, ...bind, ...flags],
    { env: { ...process.env, PATH: proxyPath, RADIANT_HOME: home }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`radiant export ${proxy.name}: ${stderr}`);
  writeFileSync(main, proxy.main(folder, exported));
  return proxy.args(main, exported);
}
