import asyncHooks from 'node:async_hooks';
import events from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import perfHooks from 'node:perf_hooks';

/**
 * What the agent uses of Node as it is before the app's first line runs: apps replace timers (fake ones, zones), and patch
 * `net` (tracing) and `fs` (descriptors). What a preload before this one has wrapped is taken from under it, if it says so as
 * `shimmer` does. Other files import no value of Node's: in the bundle that is looked up in Node's module at each use.
 */
function original<F>(wrapped: F): F {
  let found = wrapped;
  for (
    let under: unknown = found;
    typeof under === 'function';
    under = (under as { __original?: unknown }).__original
  )
    found = under as F;
  return found;
}

export const setTimeout = original(globalThis.setTimeout);
export const setInterval = original(globalThis.setInterval);
export const setImmediate = original(globalThis.setImmediate);
export const clearTimeout = original(globalThis.clearTimeout);
export const clearInterval = original(globalThis.clearInterval);
export const clearImmediate = original(globalThis.clearImmediate);
const { performance } = perfHooks;
export const { constants: gcConstants, monitorEventLoopDelay, PerformanceObserver } = perfHooks;
export const { timeOrigin } = performance;
/** Milliseconds that no change of the clock concerns: what elapsed is the difference of two of these. */
export const monotonicNow = performance.now.bind(performance);
export const eventLoopUtilization = performance.eventLoopUtilization.bind(performance);
export const nextTick = original(process.nextTick);
export const { AsyncResource } = asyncHooks;
export const { errorMonitor, EventEmitter } = events;
export const { chmodSync, chownSync, closeSync, fstatSync, openSync, read } = fs;
export const { readFileSync, readlinkSync, readSync, statSync, unlinkSync, writeSync } = fs;
export const { createServer: createHttpServer, maxHeaderSize: mostOfHead, OutgoingMessage } = http;
export const { STATUS_CODES, validateHeaderName, validateHeaderValue } = http;
export const { isIP, Server, Socket } = net;
export const connect = original(net.Socket.prototype.connect);
export const listen = original(net.Server.prototype.listen);
// oxlint-disable-next-line unicorn/no-thenable -- its name is `then`
export const promiseThen = original(Promise.prototype.then);
