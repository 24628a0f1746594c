import type crypto from 'node:crypto';
import type http2 from 'node:http2';
import type tls from 'node:tls';
import type v8 from 'node:v8';
import type zlib from 'node:zlib';

/** Modules of Node's that the agent uses in some apps only: they weigh on no other one (`tls` takes 5 MB). */
interface OptionalModules {
  crypto: typeof crypto;
  http2: typeof http2;
  tls: typeof tls;
  v8: typeof v8;
  zlib: typeof zlib;
}

/** Until Node 20.16 there is only `require`, which the bundle has. */
const load = (name: keyof OptionalModules): object => process.getBuiltinModule?.(name) ?? require(name);

/**
 * Such a module as it is at the moment: what an app makes of it later is not in this. So it is asked for before the app's first
 * line wherever the boot data say that it will be needed.
 */
export const builtin = <Name extends keyof OptionalModules>(name: Name): OptionalModules[Name] =>
  Object.defineProperties({}, Object.getOwnPropertyDescriptors(load(name))) as OptionalModules[Name];
