/** The protocol of an authority's visit (RFC 8737, 6.2), as it stands in the list of ALPN (RFC 7301, 3.1). */
const acmeProtocol = Buffer.from('\nacme-tls/1', 'latin1');

const recordHeader = 5;
const handshakeHeader = 4;
const handshakeRecord = 22;
const clientHello = 1;
const alpnExtension = 16;
/** Nobody's ClientHello is longer, key shares of new kinds included; one record holds as much (RFC 8446, 5.1). */
const longestRecord = 16_384;

/**
 * Whether a connection begins with the ClientHello of an authority that visits for tls-alpn-01: it offers that protocol
 * and no other (RFC 8737, 3). 'partial' while more bytes are needed. What is no ClientHello is nobody's: TLS refuses it.
 */
export function isAcmeVisit(bytes: Buffer): boolean | 'partial' {
  if (bytes.length > 0 && bytes[0] !== handshakeRecord) return false;
  if (bytes.length < recordHeader) return 'partial';
  const length = bytes.readUInt16BE(3);
  if (length > longestRecord) return false;
  if (bytes.length < recordHeader + length) return 'partial';
  const offered = alpnOf(bytes.subarray(recordHeader, recordHeader + length));
  return offered !== undefined && offered.equals(acmeProtocol);
}

/** The ALPN list of a handshake message; undefined where there is none, or where this is no whole ClientHello. */
function alpnOf(message: Buffer): Buffer | undefined {
  if (message[0] !== clientHello) return undefined;
  try {
    let at = handshakeHeader + 2 + 32;
    at += 1 + message.readUInt8(at); // session id
    at += 2 + message.readUInt16BE(at); // cipher suites
    at += 1 + message.readUInt8(at); // compression methods
    const end = at + 2 + message.readUInt16BE(at);
    for (at += 2; at < end;) {
      const [type, size] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
      if (type === alpnExtension) return message.subarray(at + 6, at + 4 + size);
      at += 4 + size;
    }
  } catch {
    // It ends too early.
  }
  return undefined;
}
