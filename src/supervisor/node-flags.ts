import type { Config } from '../config/types.ts';

/**
 * Options of Node that a worker is started with. `--inspect-port` opens nothing: it says where SIGUSR1 opens the
 * inspector, and `--inspect-publish-uid` that nobody learns its path by HTTP. Both are left out where the app's own
 * NODE_OPTIONS name an inspector.
 */
export function nodeFlags({ hangTimeout }: Pick<Config, 'hangTimeout'>, env: NodeJS.ProcessEnv): string[] {
  if (hangTimeout === 0 || env.NODE_OPTIONS?.includes('--inspect')) return [];
  return ['--inspect-port=127.0.0.1:0', '--inspect-publish-uid=stderr'];
}
