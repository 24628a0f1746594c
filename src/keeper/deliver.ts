import { openHandle } from './bind.ts';
import { inheritedFrom, type Delivery } from './delivery.ts';

/**
 * A process of its own, since only a process that has one of Node's channels can send handles. Its channel leads to
 * whoever shall get the sockets; the sockets are its descriptors, described by its argument.
 */
const deliveries = JSON.parse(process.argv[2]!) as Delivery[];
process.on('message', () => {}); // it lives until the other end has all of them
for (const [i, delivery] of deliveries.entries()) {
  process.send!(delivery, openHandle(inheritedFrom + i) as never, {}, () => {});
}
