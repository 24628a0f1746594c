'use strict';
const cluster = require('cluster');

// What many apps do by hand: `node cluster-app.cjs SCRIPT WORKERS` runs the script in so many workers.
const [script, workers] = process.argv.slice(2);

if (cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', () => {
    listening += 1;
    if (listening === Number(workers)) console.log('every worker listens');
  });
  for (let i = 0; i < Number(workers); i += 1) cluster.fork();
} else {
  require(script);
}
