import { DdpMeter } from './ddp-meter.ts';
import { Refusals } from './refusals.ts';
import { RequestMeter } from './request-meter.ts';
import { RuntimeMeter } from './runtime-meter.ts';
import { TrafficMeter } from './traffic-meter.ts';

/** All that is counted in this process. Each part is given to whoever sees what it counts. */
export class Meter {
  readonly requests = new RequestMeter();
  readonly refusals = new Refusals();
  readonly traffic = new TrafficMeter();
  readonly ddp = new DdpMeter();
  readonly runtime = new RuntimeMeter();
}
