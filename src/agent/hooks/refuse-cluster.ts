import cluster from 'node:cluster';

import { logToOperator } from '../runtime/operator-log.ts';

/** An app that forks workers of its own would bind the port past Radiant, in processes that nobody watches. */
export function refuseCluster(): void {
  cluster.once('fork', () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
    logToOperator(
      'the app starts workers of its own with node:cluster. Radiant does that: start the file that runs one ' +
        'server, or switch the clustering off in the app',
    );
    process.exit(1);
  });
}
