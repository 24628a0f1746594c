'use strict';
const { existsSync } = require('node:fs');
const http = require('node:http');

// Ends at its start where the folder PICKY has a file named after its slot.
if (existsSync(`${process.env.PICKY}/${process.env.RADIANT_SLOT}`)) process.exit(3);
http.createServer((_request, response) => response.end('here')).listen(process.env.PORT);
