import { count } from '../../common/units.ts';
import type { Certificates } from '../edge/certificates.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { Maintenance } from '../edge/maintenance.ts';
import type { Fleet, Serving } from '../../running/operations.ts';

/** The fleet for those who ask by hand: what they ask for is told before it is done. */
export function audited(
  fleet: Serving,
  maintenance: Maintenance,
  certificates: Certificates,
  handOver: Fleet['handOver'],
  events: EventBus,
): Fleet {
  const asked = (operation: string, text = operation): void =>
    events.happened({ type: 'asked', operation, text });
  return {
    status: () => {
      const { status } = maintenance;
      return { ...fleet.status(), ...(status && { maintenance: status }) };
    },
    subscribe: (listener) => fleet.subscribe(listener),
    scale: (workers) => {
      asked('scale', `scale to ${count(workers, 'worker')}`);
      return fleet.scale(workers);
    },
    restart: () => {
      asked('restart');
      return fleet.restart();
    },
    replace: (slot) => {
      asked('replace', `replace worker ${slot}`);
      return fleet.replace(slot);
    },
    deploy: (request, signal) => {
      const back = request.release < fleet.status().release;
      if (back) asked('rollback', `rollback to release ${request.release}`);
      else asked('deploy', `deploy of release ${request.release}`);
      return fleet.deploy(request, signal);
    },
    maintain: (request) => {
      asked('maintenance', `maintenance ${request.on ? 'on' : 'off'}`);
      return maintenance.set(request);
    },
    reloadCertificates: () => {
      asked('tls reload');
      return certificates.reload();
    },
    renewCertificate: () => {
      asked('tls renew');
      return certificates.renew();
    },
    handOver: (successor) => {
      if (successor !== undefined) {
        certificates.check(); // better than a supervisor that cannot read them
        asked('upgrade', `upgrade to what lies at ${successor.entry}`);
      }
      handOver(successor);
    },
    stop: () => {
      asked('stop');
      return fleet.stop();
    },
  };
}
