import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import { connectionOf } from '../connection/connection.ts';
import { trimForwardedFor, type ForwardedRule } from '../connection/forwarded-for.ts';
import { addField } from '../http/response-head.ts';
import type { AddressLimits } from '../limits/address-limits.ts';
import { limitBody } from '../limits/body-limit.ts';
import type { Refusals } from '../meter/refusals.ts';
import type { RequestMeter } from '../meter/request-meter.ts';
import type { Maintenance } from '../replies/maintenance.ts';

export interface RequestGateParts {
  limits: AddressLimits | undefined;
  maintenance: Maintenance;
  meter: RequestMeter;
  refusals: Refusals;
}

/** What the configuration lets in. */
export interface GateRules {
  forwarded: ForwardedRule;
  /** Bytes; null: left to the app. */
  maxBody: number | null;
  /** Seconds of Strict-Transport-Security; null: left to the app. */
  hsts: number | null;
}

/** What holds of each request that a client sends, whoever is to serve it. */
export class RequestGate {
  readonly #parts: RequestGateParts;
  readonly #rules: GateRules;

  constructor(parts: RequestGateParts, rules: GateRules) {
    this.#parts = parts;
    this.#rules = rules;
  }

  /** Puts right what the app sees of the proxies in front, and what the client sees of TLS. */
  prepare(request: IncomingMessage, response: ServerResponse): void {
    const { origin, via } = connectionOf(request.socket);
    const { forwarded, hsts } = this.#rules;
    if (origin !== 'peer') trimForwardedFor(request, forwarded);
    // Not in the answer to the agent's own question, which others may get.
    const asked = origin === 'peer' && via === undefined;
    if (hsts !== null && 'encrypted' in request.socket && !asked)
      addField(response, 'Strict-Transport-Security', `max-age=${hsts}`);
  }

  /** False when it has been refused. A peer has let in what it forwards. */
  admits(request: IncomingMessage, response: ServerResponse): boolean {
    const { limits, maintenance } = this.#parts;
    if (limits !== undefined && limits.refuses(request, response)) return false;
    if (connectionOf(request.socket).origin === 'peer') return true;
    if (maintenance.refuses(request.url!)) {
      this.refuse(request, response);
      return false;
    }
    return this.#rules.maxBody === null || !this.#tooLarge(request, response, this.#rules.maxBody);
  }

  /** The same for an upgrade. */
  admitsUpgrade(socket: net.Socket): boolean {
    const { maintenance, refusals } = this.#parts;
    if (!maintenance.on || connectionOf(socket).origin === 'peer') return true;
    refusals.count('maintenance');
    maintenance.answerUpgrade(socket);
    return false;
  }

  /** Answers with the maintenance page. */
  refuse(request: IncomingMessage, response: ServerResponse): void {
    const { maintenance, meter, refusals } = this.#parts;
    refusals.count('maintenance');
    meter.becomes(response, 'refused');
    maintenance.answer(request, response);
  }

  #tooLarge(request: IncomingMessage, response: ServerResponse, maxBody: number): boolean {
    const { meter, refusals } = this.#parts;
    return limitBody(request, response, maxBody, () => {
      refusals.count('body');
      meter.becomes(response, 'refused');
    });
  }
}
