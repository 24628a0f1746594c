import { fork } from 'node:child_process';
import { programPath } from '../installation.ts';
import type { Answers, Order, Report } from './order.ts';

/** Why there is no certificate. */
export class OrderFailed extends Error {
  /** The earliest time for another try, if the authority named one; milliseconds since the epoch. */
  readonly notBefore: number | undefined;
  /** The authority does not know the account any more. */
  readonly accountUnknown: boolean;

  constructor(reason: string, notBefore?: number, accountUnknown = false) {
    super(reason);
    this.notBefore = notBefore;
    this.accountUnknown = accountUnknown;
  }
}

export interface OrderEvents {
  /** From now on this is to be answered; nothing, when that is over. */
  answers(answers: Answers): void;
  account(url: string, terms: string | null): void;
}

/** PEM texts. */
export interface Issued {
  cert: string;
  key: string;
}

/** Has an order carried out by a process of its own. Errors: OrderFailed. */
export type PlaceOrder = (order: Order, events: OrderEvents, signal: AbortSignal) => Promise<Issued>;

/** `patienceMs`: whoever has no certificate by then gets none. */
export const placeOrderWithin =
  (patienceMs: number): PlaceOrder =>
  (order, events, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<Issued>();
    // NODE_OPTIONS are for others; NODE_EXTRA_CA_CERTS and the variables of proxies count.
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = fork(programPath('acme-client'), [], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      timeout: patienceMs,
      killSignal: 'SIGKILL',
      signal,
    });
    child.on('error', (error) => reject(new OrderFailed(error.message)));
    child.on('exit', (code, by) => {
      const late = `it was not done within ${patienceMs / 60_000} minutes`;
      const ended = `the process that asks for it ended (${by ?? `exit code ${code}`})`;
      reject(new OrderFailed(child.killed ? late : ended));
    });
    child.on('message', (report: Report) => {
      switch (report.type) {
        case 'answers':
          events.answers(report.answers);
          // What was written to the workers' sockets they read before what comes in later: nothing need be awaited.
          child.send('answerable', () => {});
          break;
        case 'account':
          events.account(report.url, report.terms);
          break;
        case 'certificate':
          resolve(report);
          break;
        case 'failed':
          reject(new OrderFailed(report.reason, report.notBefore ?? undefined, report.accountUnknown));
          break;
      }
    });
    child.send(order, () => {});
    return promise;
  };

/** A validation may take minutes where an authority is busy; longer than this nobody waits. */
export const placeOrder: PlaceOrder = placeOrderWithin(10 * 60_000);
