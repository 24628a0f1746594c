'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');

// What an app does that serves HTTPS itself: `node https-app.cjs SCRIPT CERT KEY` runs the script so.
const [script, cert, key] = process.argv.slice(2);
const pair = { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
http.createServer = (listener) => https.createServer(pair, listener);
require(script);
