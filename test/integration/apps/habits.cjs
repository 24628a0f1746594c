'use strict';
// What apps do that were written for pm2 or Galaxy. JOURNAL is a file for what a worker does at its end.
const fs = require('fs');
const http = require('http');

const { env } = process;
const note = (text) => fs.appendFileSync(env.JOURNAL, `${env.RADIANT_SLOT} ${text}\n`);

process.on('message', (message) => {
  note(`message ${JSON.stringify(message)}`);
  if (message === 'shutdown' && env.HABIT === 'message') process.exit(0);
});
if (env.HABIT === 'SIGINT') {
  process.on('SIGINT', () => {
    note('SIGINT');
    process.exit(0);
  });
}
if (env.HABIT === 'galaxy') {
  // As the package for graceful shutdowns does: it closes sessions for a while, and ends nothing.
  process.on('SIGTERM', () => note(`SIGTERM, ${env.METEOR_SIGTERM_GRACE_PERIOD_SECONDS} s to go`));
}
http
  .createServer((request, response) => {
    const { NODE_APP_INSTANCE: instance, METEOR_SIGTERM_GRACE_PERIOD_SECONDS: grace } = env;
    response.end(JSON.stringify({ instance, grace }));
  })
  .listen(env.PORT, () => {
    if (env.HABIT !== 'late') return;
    const look = () => (fs.existsSync(env.GATE) ? process.send('ready') : setTimeout(look, 20));
    note('listens');
    look();
  });
