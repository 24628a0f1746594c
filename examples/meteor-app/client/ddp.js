/* The page's DDP client: connects, comes back after a loss, and resumes its session where the server lets it. */
(function () {
  const pingEvery = 17500;
  const pingTimeout = 15000;

  /** Milliseconds before the n-th try since the connection was lost; the first two come at once. */
  function retryDelay(n) {
    if (n < 2) return 10;
    return Math.min(300000, 1000 * Math.pow(2.2, n - 2)) * (0.75 + Math.random() * 0.5);
  }

  function openSocket(prefix, transport, disableSockjs) {
    if (transport === 'websocket-raw' || disableSockjs) {
      return new WebSocket(location.origin.replace(/^http/, 'ws') + prefix + '/websocket');
    }
    return new SockJS(prefix + '/sockjs', undefined, transport ? { transports: [transport] } : {});
  }

  /** Handlers: onStatus(status), onDocument(collection, id, fields or null when removed). */
  function Connection(options) {
    this.options = options;
    this.nextId = 1;
    this.retries = 0;
    this.session = null;
    this.received = 0;
    this.calls = new Map();
    this.subscriptions = new Map();
    window.addEventListener('online', () => {
      if (!this.connected && this.timer) this.open();
    });
    this.open();
  }

  Connection.prototype.open = function () {
    clearTimeout(this.timer);
    this.timer = null;
    this.status('connecting');
    const socket = openSocket(this.options.prefix, this.options.transport, this.options.disableSockjs);
    this.socket = socket;
    socket.addEventListener('open', () => {
      const hello = { msg: 'connect', version: '1', support: ['1', 'pre2', 'pre1'] };
      if (this.session) Object.assign(hello, { session: this.session, receivedCount: this.received });
      this.send(hello);
    });
    socket.addEventListener('message', (event) => {
      if (socket === this.socket) this.receive(JSON.parse(event.data));
    });
    socket.addEventListener('close', () => {
      if (socket === this.socket) this.lost();
    });
  };

  Connection.prototype.lost = function () {
    this.connected = false;
    this.socket = null;
    clearTimeout(this.heartbeat);
    const delay = retryDelay(this.retries++);
    this.status('waiting', delay);
    this.timer = setTimeout(() => this.open(), delay);
  };

  Connection.prototype.status = function (name, delay) {
    this.options.onStatus({ name, delay, session: this.session, transport: this.transportName() });
  };

  Connection.prototype.transportName = function () {
    if (!this.socket) return null;
    return this.socket.transport || (this.socket instanceof WebSocket ? 'websocket-raw' : null);
  };

  Connection.prototype.send = function (message) {
    if (this.socket) this.socket.send(JSON.stringify(message));
  };

  Connection.prototype.receive = function (message) {
    this.expectLife();
    if (message.msg === 'ping') this.send({ msg: 'pong', id: message.id });
    if (!message.msg || message.msg === 'ping' || message.msg === 'pong') return;
    this.received += 1;
    if (message.msg === 'connected') this.greeted(message.session);
    else if (message.msg === 'result') this.finishCall(message);
    else if (message.msg === 'added' || message.msg === 'changed') {
      this.options.onDocument(message.collection, message.id, message.fields || {});
    } else if (message.msg === 'removed') this.options.onDocument(message.collection, message.id, null);
  };

  // The server pings too; this one notices a network that is gone without a word.
  Connection.prototype.expectLife = function () {
    clearTimeout(this.heartbeat);
    this.heartbeat = setTimeout(() => {
      this.send({ msg: 'ping' });
      this.heartbeat = setTimeout(() => {
        const socket = this.socket;
        this.lost();
        if (socket) socket.close();
      }, pingTimeout);
    }, pingEvery);
  };

  Connection.prototype.greeted = function (session) {
    const resumed = session === this.session;
    if (!resumed) this.received = 1;
    this.session = session;
    this.connected = true;
    this.retries = 0;
    this.status('connected');
    // A new session knows nothing of us. Calls in flight go out again in any case: the answer may be lost.
    if (!resumed) for (const message of this.subscriptions.values()) this.send(message);
    for (const { message } of this.calls.values()) this.send(message);
  };

  Connection.prototype.finishCall = function (message) {
    const call = this.calls.get(message.id);
    this.calls.delete(message.id);
    if (!call) return;
    if (message.error) call.reject(new Error(message.error.message));
    else call.resolve(message.result);
  };

  Connection.prototype.call = function (method, ...params) {
    const id = String(this.nextId++);
    const message = { msg: 'method', id, method, params };
    return new Promise((resolve, reject) => {
      this.calls.set(id, { message, resolve, reject });
      if (this.connected) this.send(message);
    });
  };

  Connection.prototype.subscribe = function (name, ...params) {
    const id = String(this.nextId++);
    const message = { msg: 'sub', id, name, params };
    this.subscriptions.set(id, message);
    if (this.connected) this.send(message);
  };

  window.ExampleDdp = { Connection };
})();
