module.exports = {
  servers: { one: { host: '203.0.113.7', username: 'root', pem: '~/.ssh/id_rsa' } },
  app: {
    name: 'todos',
    path: '../',
    servers: { one: {} },
    buildOptions: { serverOnly: true },
    env: {
      ROOT_URL: 'https://todos.example.com',
      MONGO_URL: 'mongodb://mongodb/meteor',
      MONGO_OPLOG_URL: 'mongodb://mongodb/local',
    },
    docker: { image: 'zodern/meteor:root', prepareBundle: true },
    enableUploadProgressBar: true,
    deployCheckWaitTime: 60,
  },
  mongo: { version: '4.4.12', servers: { one: {} } },
  proxy: {
    domains: 'todos.example.com, www.todos.example.com',
    ssl: { letsEncryptEmail: 'ops@example.com', forceSSL: true },
  },
};
