/**
 * Modules of Node's whose loading makes itself felt in every command and every supervisor.
 *
 * An `import` of node:http reads all that it exports, and some of those names load undici: 75 ms of CPU and 5 MB more
 * than this (Node 24).
 */
export const http = process.getBuiltinModule('node:http');

/** Another 25 ms: for those only who speak TLS. */
export const loadHttps = (): typeof import('node:https') => process.getBuiltinModule('node:https');
export const loadTls = (): typeof import('node:tls') => process.getBuiltinModule('node:tls');
export const loadCrypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');
