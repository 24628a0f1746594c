import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { Boot } from '../../protocol/boot.ts';
import type { SupervisorMessage } from '../../protocol/messages.ts';
import { clientAddress } from '../connection/client-address.ts';
import { connectionOf } from '../connection/connection.ts';
import type { Members } from '../membership/members.ts';
import { healthQuestion } from '../replies/maintenance.ts';
import { answerLast, refuseUpgrade } from '../http/last-answer.ts';
import type { Meter } from '../meter/meter.ts';
import { networksOf } from '../connection/addresses.ts';
import { OpenConnections } from './open-connections.ts';
import { RequestRates } from './request-rates.ts';
import type { SupervisorLink } from '../link/supervisor-link.ts';
import { clientPrefix } from '../../common/client-prefix.ts';
import { setInterval } from '../runtime/timers.ts';

const everyMs = 1_000;
/** What has less than this part of a limit in a worker, divided by the number of workers, is nobody else's concern. */
const worthTelling = 1 / 4;

const text = 'Too many requests come from your address.\n';

type Meters = Pick<Meter, 'requests' | 'refusals'>;
type Rules = Pick<Boot, 'limits' | 'proxies' | 'proxiesFrom' | 'healthPath'>;

/** The limits for each client address that the configuration asks for; undefined when there are none. */
export function addressLimits(rules: Rules, meter: Meters): AddressLimits | undefined {
  const { connectionsPerAddress, requestsPerAddress } = rules.limits;
  const proxies = networksOf(rules.proxiesFrom);
  // Where proxies are only counted, nobody knows whose connection one is.
  const excepted = (address: string): boolean =>
    rules.proxiesFrom.length > 0 ? proxies.has(address) : rules.proxies > 0;
  const refused = (): void => meter.refusals.count('connections');
  // A supervisor from before these limits names none, not even null.
  const connections =
    typeof connectionsPerAddress === 'number'
      ? new OpenConnections(connectionsPerAddress, excepted, refused)
      : undefined;
  const requests = typeof requestsPerAddress === 'number' ? new RequestRates(requestsPerAddress) : undefined;
  if (connections === undefined && requests === undefined) return undefined;
  return new AddressLimits(rules, meter, connections, requests);
}

/** Turns away the addresses that open too many connections or make too many requests. */
export class AddressLimits {
  readonly #connections: OpenConnections | undefined;
  readonly #requests: RequestRates | undefined;
  readonly #meter: Meters;
  readonly #behindProxies: boolean;
  readonly #asksForHealth: (url: string) => boolean;
  /** The supervisor has heard of busy addresses. */
  #told = false;

  constructor(
    { proxies, healthPath }: Rules,
    meter: Meters,
    connections: OpenConnections | undefined,
    requests: RequestRates | undefined,
  ) {
    this.#behindProxies = proxies > 0;
    this.#asksForHealth = healthQuestion(healthPath);
    this.#meter = meter;
    this.#connections = connections;
    this.#requests = requests;
  }

  /** Tells the supervisor each second which addresses are busy here; its answer is `use`d. */
  begin(link: SupervisorLink, members: Members): void {
    setInterval(() => this.#tell(link, members.openCount), everyMs).unref();
  }

  #tell(link: SupervisorLink, workers: number): void {
    const part = worthTelling / Math.max(1, workers);
    const busy = {
      connections: this.#connections?.busy(this.#connections.limit * part) ?? [],
      requests: this.#requests?.busy(this.#requests.limit * part) ?? [],
    };
    const any = busy.connections.length > 0 || busy.requests.length > 0;
    if (any || this.#told) link.send({ type: 'addresses', ...busy });
    if (!any) this.use({ connections: [], requests: [] });
    this.#told = any;
  }

  /** What the supervisor leaves to this worker. */
  use({ connections, requests }: Omit<Extract<SupervisorMessage, { type: 'shares' }>, 'type'>): void {
    this.#connections?.divide(connections);
    this.#requests?.divide(requests);
  }

  /** False for a connection that is to be closed. */
  admits(socket: net.Socket): boolean {
    return this.#connections?.admits(socket) ?? true;
  }

  /** A connection that another worker has admitted came here. */
  took(socket: net.Socket): void {
    this.#connections?.took(socket);
  }

  /** Answers a request over the limit (RFC 6585, 4); true when it did. */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    const wait = this.#wait(request);
    if (wait === 0) return false;
    this.#meter.requests.becomes(response, 'refused');
    answerLast(request, response, 429, { 'Retry-After': wait }, text);
    return true;
  }

  refusesUpgrade(request: IncomingMessage, socket: net.Socket): boolean {
    const wait = this.#wait(request);
    if (wait === 0) return false;
    const length = String(Buffer.byteLength(text));
    const fields = [
      ['Retry-After', String(wait)],
      ['Content-Type', 'text/plain'],
      ['Content-Length', length],
    ] as const;
    refuseUpgrade(socket, 429, fields, text);
    return true;
  }

  /** Seconds until a client may ask again; 0: now. */
  #wait(request: IncomingMessage): number {
    const { origin, placed } = connectionOf(request.socket);
    // Peers have counted what they forward, and the request that a connection moved with.
    if (this.#requests === undefined || origin === 'peer' || (origin === 'moved' && placed)) return 0;
    if (this.#asksForHealth(request.url!)) return 0;
    const address = clientAddress(request, this.#behindProxies);
    const wait = address === undefined ? 0 : this.#requests.take(clientPrefix(address));
    if (wait > 0) this.#meter.refusals.count('requests');
    return wait;
  }
}
