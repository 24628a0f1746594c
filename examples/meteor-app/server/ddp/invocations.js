'use strict';
const { EnvironmentVariable } = require('./environment.js');

/** Which method or publication function runs now. */
const DDP = {
  _CurrentMethodInvocation: new EnvironmentVariable(),
  _CurrentPublicationInvocation: new EnvironmentVariable(),
};

module.exports = { DDP };
