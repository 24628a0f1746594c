'use strict';
const fs = require('fs');
const path = require('path');

const bundle = path.join(__dirname, '..', '..');

function readJson(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/** The client programs that star.json names, with what is needed to serve them. */
function loadPrograms() {
  const star = readJson(path.join(bundle, 'star.json'));
  const clients = {};
  for (const program of star.programs) {
    if (program.arch.startsWith('web.')) clients[program.arch] = loadClient(program);
  }
  const { release } = readJson(path.join(__dirname, 'config.json'));
  return { release, clients, meteorRelease: star.meteorRelease, gitCommitHash: star.gitCommitHash };
}

function loadClient({ arch, path: programPath }) {
  const file = path.join(bundle, programPath);
  const folder = path.dirname(file);
  const program = readJson(file);
  if (program.format !== 'web-program-pre1') {
    throw new Error(`Unsupported format for client assets: ${JSON.stringify(program.format)}`);
  }
  const body = program.manifest.find((entry) => entry.type === 'body');
  return {
    arch,
    folder,
    // web.browser gives /__browser: where this program's files and its manifest are under a name of their own.
    urlPrefix: `/__${arch.replace(/^web\./, '')}`,
    manifest: program.manifest.filter((entry) => entry.where === 'client'),
    body: body ? fs.readFileSync(path.join(folder, body.path), 'utf8') : '',
  };
}

module.exports = { loadPrograms };
