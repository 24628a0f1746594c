import type { ListeningHandle } from './bind.ts';
import { deliver, inheritedFrom, type Delivery } from './delivery.ts';

/** A process of its own: receives listening sockets by its channel, and has them delivered to its parent's. */
const deliveries: Delivery[] = [];
const handles: ListeningHandle[] = [];

process.on('message', (delivery: Delivery, handle) => {
  deliveries.push(delivery);
  handles.push(handle as unknown as ListeningHandle);
  if (deliveries.length < delivery.total) return;
  deliver(
    inheritedFrom,
    deliveries,
    handles.map(({ fd }) => fd),
  );
  process.disconnect();
});
