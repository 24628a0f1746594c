'use strict';
// Loads and patches Node's modules as PLAN says, serves, and answers with what it has seen of them.
const Module = require('module');

const { serves, steps, pair } = JSON.parse(process.env.PLAN);
const seen = [];

const ways = {
  require: (name) => require(name),
  'require node:': (name) => require(`node:${name}`),
  import: (name) => import(name),
  'import node:': (name) => import(`node:${name}`),
  getBuiltinModule: (name) => (process.getBuiltinModule || require)(name),
};

function look(what, name, module) {
  const members = Object.keys(module.default || module).sort();
  const own = require(name);
  const functions = members.filter((member) => typeof own[member] === 'function');
  seen.push({
    what,
    members: members.join(),
    same: (module.default || module) === own,
    shown: functions.filter((member) => module[member] !== own[member]),
    names: functions.map((member) => `${own[member].name}/${own[member].length}`).join(),
  });
}

function patch({ name, member, throws, syncs }) {
  const own = require(name);
  const before = own[member];
  own[member] = throws
    ? () => {
        throw new Error(`${name}.${member} is the app's`);
      }
    : function patched(...args) {
        return new.target ? Reflect.construct(before, args) : Reflect.apply(before, this, args);
      };
  if (syncs) Module.syncBuiltinESMExports();
}

const answer = (request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ seen, tls: request.socket.encrypted === true }));
};

const servers = {
  http: () => require('http').createServer(answer),
  https: () => require('https').createServer(pair, answer),
  http2: () => require('http2').createSecureServer({ ...pair, allowHTTP1: true }, answer),
};

async function run() {
  // What it serves with is its own affair: patches of that would break the bare app too.
  const server = servers[serves]();
  for (const step of steps) {
    const what = JSON.stringify(step);
    if (step.member !== undefined) patch(step);
    look(what, step.name, await ways[step.way](step.name));
  }
  server.listen(process.env.PORT, () => console.log('listening'));
}

void run();
