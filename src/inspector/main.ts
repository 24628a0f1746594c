import { readFileSync } from 'node:fs';
import { findPlace, type Order } from './find-place.ts';

// A process of its own: source maps are large, and what they and the app say is not to be trusted. It reads an
// `Order` as JSON from its standard input and writes a `Finding`, or nothing, to its standard output.

const order = JSON.parse(readFileSync(0, 'utf8')) as Order;
if (order.account !== undefined) {
  const { gid, uid } = order.account;
  process.setgroups!([]);
  process.setgid!(gid);
  process.setuid!(uid);
}
findPlace(order).then(
  (finding) => {
    process.stdout.write(JSON.stringify(finding), () => process.exit());
  },
  (error: unknown) => {
    console.error(String(error));
    process.exit(1);
  },
);
