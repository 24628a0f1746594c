import type net from 'node:net';

import type { Addresses } from '../../protocol/messages.ts';
import { presentAs } from '../connection/addresses.ts';
import { readFirstBytes } from './first-bytes.ts';
import { isIP } from '../runtime/originals.ts';

/**
 * The PROXY protocol, by which a balancer says whose connection it passes on, ahead of its first byte:
 * https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, sections 2.1 (text) and 2.2 (binary).
 */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const fixedBytes = 16;
/** The longest line of version 1, with its end. */
const longestLine = 107;
/** Addresses need at most 216 bytes; the rest are extensions, which nobody sends much of. */
const longestRest = 4096;
const patienceMs = 5_000;

/** `addresses` is undefined where the balancer speaks for itself, as in a health check, or does not know. */
export interface ProxyHeader {
  length: number;
  addresses: Addresses | undefined;
}

/** What the first bytes of a connection say; 'partial' while more are needed. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | 'partial' | 'invalid' {
  if (bytes.length === 0) return 'partial';
  const begins = (prefix: Buffer): boolean =>
    bytes.subarray(0, prefix.length).equals(prefix.subarray(0, bytes.length));
  if (begins(signature)) return bytes.length < fixedBytes ? 'partial' : parseBinary(bytes);
  if (begins(Buffer.from('PROXY '))) return parseText(bytes);
  return 'invalid';
}

function parseText(bytes: Buffer): ProxyHeader | 'partial' | 'invalid' {
  const end = bytes.subarray(0, longestLine).indexOf('\r\n');
  if (end < 0) return bytes.length < longestLine ? 'partial' : 'invalid';
  const length = end + 2;
  const line = bytes.toString('latin1', 0, end);
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return { length, addresses: undefined };
  const match = /^PROXY TCP([46]) ([\da-fA-F.:]+) ([\da-fA-F.:]+) (\d{1,5}) (\d{1,5})$/.exec(line);
  if (match === null) return 'invalid';
  const [, version, remoteAddress, localAddress, remotePort, localPort] = match;
  if (isIP(remoteAddress!) !== Number(version)) return 'invalid';
  const remoteFamily = `IPv${version}`;
  const ports = { remotePort: Number(remotePort), localPort: Number(localPort) };
  return { length, addresses: { remoteAddress, remoteFamily, localAddress, ...ports } };
}

function parseBinary(bytes: Buffer): ProxyHeader | 'partial' | 'invalid' {
  const [command, family] = [bytes[12]!, bytes[13]!];
  const rest = bytes.readUInt16BE(14);
  const length = fixedBytes + rest;
  if (command >> 4 !== 2 || (command & 15) > 1 || rest > longestRest) return 'invalid';
  if (bytes.length < length) return 'partial';
  const size = family >> 4 === 1 ? 4 : family >> 4 === 2 ? 16 : 0;
  if ((command & 15) === 0 || size === 0) return { length, addresses: undefined };
  if (rest < 2 * size + 4) return 'invalid';
  const address = (at: number): string => textOf(bytes.subarray(at, at + size));
  const ports = fixedBytes + 2 * size;
  const addresses = {
    remoteAddress: address(fixedBytes),
    remoteFamily: size === 4 ? 'IPv4' : 'IPv6',
    localAddress: address(fixedBytes + size),
    remotePort: bytes.readUInt16BE(ports),
    localPort: bytes.readUInt16BE(ports + 2),
  };
  return { length, addresses };
}

/** An address in its usual form (RFC 5952, 4), which the URL parser of Node knows. */
function textOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** Reads the header off a connection that must begin with one, and calls `done`; cuts off who does not send it. */
export function readProxyHeader(socket: net.Socket, done: () => void): void {
  readFirstBytes(socket, patienceMs, parseProxyHeader, (header, bytes) => {
    if (header === 'invalid') {
      socket.destroy();
      return;
    }
    if (header.addresses !== undefined) presentAs(socket, header.addresses);
    if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
    done();
  });
}
