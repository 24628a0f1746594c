'use strict';
// How the app answers: every form that a plan (`answer.ts`) can have.

/** So long after the whole request, whatever came with it has come too. */
const delayMs = 8;
/** Where the end of the client is waited for: it may not show. */
const patienceMs = 3_000;

function writeInformational(response, informational) {
  for (const kind of informational || []) {
    if (kind === 'processing') response.writeProcessing();
    else if (kind === 'hints' && response.writeEarlyHints) {
      response.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-hint': 'early' });
    } else if (kind === 'continue') response.writeContinue();
  }
}

const flat = (fields) => fields.reduce((all, [name, value]) => all.concat([name, value]), []);
const asObject = (fields) =>
  fields.reduce((all, [name, value]) => {
    all[name] = name in all ? [].concat(all[name], value) : value;
    return all;
  }, Object.create(null));

/** The ways in which apps give a head. */
const forms = {
  implicit: (response, { status, reason, fields }) => {
    response.statusCode = status;
    if (reason !== undefined) response.statusMessage = reason;
    for (const [name, value] of Object.entries(asObject(fields))) response.setHeader(name, value);
  },
  explicit: (response, plan) => {
    forms.implicit(response, plan);
    response.writeHead(plan.status);
  },
  object: (response, { status, reason, fields }) =>
    reason === undefined
      ? response.writeHead(status, asObject(fields))
      : response.writeHead(status, reason, asObject(fields)),
  array: (response, { status, reason, fields }) =>
    response.writeHead(status, ...(reason === undefined ? [] : [reason]), flat(fields)),
  undefinedReason: (response, { status, fields }) => response.writeHead(status, undefined, asObject(fields)),
  undefinedFields: (response, plan) => {
    forms.implicit(response, plan);
    response.writeHead(plan.status, plan.reason, undefined);
  },
  flushed: (response, plan) => {
    forms.implicit(response, plan);
    response.flushHeaders();
  },
};

function writeBody(response, socket, { parts, trailers, cut, asText }, done) {
  const chunks = asText ? parts : parts.map((part) => Buffer.from(part, 'latin1'));
  const last = cut || trailers ? undefined : chunks.pop();
  const step = () => {
    const chunk = chunks.shift();
    if (chunk !== undefined) {
      response.write(chunk, 'latin1');
      setTimeout(() => asItsOwn(socket, step), 1);
      return;
    }
    if (trailers) response.addTrailers(trailers);
    if (!cut) response.end(last, 'latin1');
    done();
  };
  step();
}

/** What is thrown is the app's own doing, and would have ended its process bare too. */
function asItsOwn(socket, act) {
  try {
    act();
  } catch (error) {
    throw Object.assign(error, { planned: () => socket.destroy() });
  }
}

/** What an app does to the connection when it has answered. */
const endings = {
  end: (response, socket) => response.once('finish', () => socket.end()),
  destroy: (response, socket) => response.once('finish', () => socket.destroy()),
  // In the middle of the answer, when its beginning is on its way.
  cut: (response, socket) => setTimeout(() => socket.destroy(), delayMs),
  cutAtOnce: (response, socket) => socket.destroy(),
};

/** As in an app that listens for no 'uncaughtException'. */
function die() {
  process.removeAllListeners('uncaughtException');
  throw new Error('the app dies as planned');
}

function give(plan, request, response) {
  const { socket } = request;
  if (plan.dies) {
    setTimeout(die, 20);
    return;
  }
  if (plan.throws) {
    throw new Error('as planned');
  }
  const { form = 'implicit', status = 200, reason, fields = [], parts = ['fine'], trailers, ends } = plan;
  writeInformational(response, plan.informational);
  if (plan.sendDate === false) response.sendDate = false;
  if (plan.keepAlive === false) response.shouldKeepAlive = false;
  const cut = ends === 'cut' || ends === 'cutAtOnce';
  if (ends === 'cutAtOnce') {
    endings.cutAtOnce(response, socket);
    return;
  }
  const long = plan.long ? [['X-Long', 'h'.repeat(plan.long)]] : [];
  forms[form](response, { status, reason, fields: fields.concat(long) });
  // Behind another answer Node puts a head that a Buffer follows ahead of its 1xx (Node 14 to 26).
  const asText = plan.informational !== undefined || request.headers.expect !== undefined;
  writeBody(
    response,
    socket,
    { parts, trailers, cut, asText },
    () => ends && endings[ends](response, socket),
  );
}

/** Answers a request: when all of it has come, or as its plan says. */
function answer(plan, event, request, response) {
  const { socket } = request;
  response.on('error', () => {});
  const later = () =>
    setTimeout(() => {
      if (!socket.destroyed) asItsOwn(socket, () => give(plan, request, response));
    }, delayMs);
  if (event === 'checkContinue' && !plan.refuses) response.writeContinue();
  if (plan.when === 'now') asItsOwn(socket, () => give(plan, request, response));
  else if (plan.when === 'early' || plan.refuses) later();
  else if (plan.when === 'late') afterEnd(socket, request, later);
  else request.on('end', later);
}

/** Calls back when all of the request has come, and the client's end too. */
function afterEnd(socket, request, then) {
  let open = 2;
  const one = () => {
    open -= 1;
    if (open === 0) then();
  };
  let seen = false;
  const end = () => {
    if (!seen) one();
    seen = true;
  };
  request.on('end', one);
  for (const event of ['end', 'close']) socket.once(event, end);
  setTimeout(end, patienceMs).unref();
}

module.exports = { answer };
