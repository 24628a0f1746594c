const { join } = require('node:path');

// An API, a worker for jobs and a script in Python, with an environment each.
const common = { max_restarts: 10, min_uptime: '5s', restart_delay: 4000, time: true };

module.exports = {
  apps: [
    {
      ...common,
      name: 'api',
      script: join(__dirname, 'dist/server.js'),
      cwd: __dirname,
      instances: -1,
      exec_mode: 'cluster',
      wait_ready: true,
      listen_timeout: 90_000,
      kill_timeout: 30_000,
      shutdown_with_message: true,
      increment_var: 'METRICS_PORT',
      instance_var: 'INSTANCE_ID',
      env: { NODE_ENV: 'development', PORT: 8080, METRICS_PORT: 9464, LOG_LEVEL: 'debug' },
      env_production: {
        NODE_ENV: 'production',
        LOG_LEVEL: 'info',
        JWT_SECRET: 'not-so-secret',
        REGION: 'eu-west-1',
      },
    },
    { ...common, name: 'jobs', script: './jobs.js', cron_restart: '0 3 * * *', instances: 1 },
    { name: 'report', script: './report.py', interpreter: '/usr/bin/python3' },
  ],
};
