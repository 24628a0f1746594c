// A Meteor bundle on all cores, as it is often run behind nginx.
module.exports = {
  apps: [
    {
      name: 'Shop',
      cwd: './bundle',
      script: 'main.js',
      exec_mode: 'cluster',
      instances: 'max',
      node_args: '--max-old-space-size=1536 --enable-source-maps',
      max_memory_restart: '1600M',
      kill_timeout: 5000,
      listen_timeout: 15000,
      autorestart: true,
      watch: false,
      merge_logs: true,
      error_file: '/var/log/shop/error.log',
      out_file: '/var/log/shop/out.log',
      log_date_format: 'YYYY-MM-DD HH:mm Z',
      env: {
        NODE_ENV: 'production',
        PORT: 3000,
        ROOT_URL: 'https://shop.example.com',
        MONGO_URL: 'mongodb://shop:hunter2@db.example.com:27017/shop?replicaSet=rs0',
        MAIL_URL: 'smtps://mailer:p%40ss@smtp.example.com:465',
        HTTP_FORWARDED_COUNT: 1,
        METEOR_SETTINGS: JSON.stringify({ public: { theme: "child's play" }, stripe: { key: 'sk_live_1' } }),
      },
      env_staging: { ROOT_URL: 'https://staging.example.com' },
    },
  ],
  deploy: {
    production: {
      user: 'deploy',
      host: ['shop.example.com'],
      ref: 'origin/main',
      repo: 'git@github.com:example/shop.git',
      path: '/srv/shop',
      'post-deploy': 'npm ci && pm2 reload ecosystem.config.js --env production',
    },
  },
};
