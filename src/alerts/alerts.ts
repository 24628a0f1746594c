import { hostname } from 'node:os';
import type { AlertTargets } from '../config/types.ts';
import { isoDate } from '../common/dates.ts';
import { reasonOf } from '../common/errors.ts';
import type { FleetEvent } from '../running/events.ts';
import { Judge, type Alert } from './alert.ts';
import { runShell } from './command.ts';
import { Rate } from './rate.ts';
import { postJson } from './webhook.ts';

/** What is sent: `text` is what Slack and its like show, the rest is for programs. */
export interface Message {
  text: string;
  alert: Alert & {
    app: string;
    host: string;
    time: string;
    /** Of this kind, since the one before. */ heldBack: number;
  };
}

/** Tells the operator's webhook and command what must not wait until somebody looks. */
export class Alerts {
  readonly #app: string;
  readonly #targets: AlertTargets;
  readonly #failed: (text: string) => void;
  readonly #judge = new Judge();
  readonly #rate: Rate;

  /** `failed` hears, in words, of what could not be delivered. */
  constructor(app: string, targets: AlertTargets, failed: (text: string) => void) {
    this.#app = app;
    this.#targets = targets;
    this.#failed = failed;
    this.#rate = new Rate(targets.every);
  }

  hear(event: FleetEvent): void {
    const alert = this.#judge.hear(event);
    if (alert === undefined) return;
    const heldBack = this.#rate.pass(alert.type, performance.now());
    if (heldBack !== undefined) this.#send(alert, heldBack, event.time);
  }

  #send(alert: Alert, heldBack: number, time: number): void {
    const more = heldBack === 0 ? '' : ` (and ${heldBack} more since the last message)`;
    const host = hostname();
    const message: Message = {
      text: `${this.#app} on ${host}: ${alert.text}${more}`,
      alert: { ...alert, app: this.#app, host, time: isoDate(time), heldBack },
    };
    const { webhook, command, folder } = this.#targets;
    const body = JSON.stringify(message);
    if (webhook !== undefined) this.#report('webhook', postJson(webhook, body));
    if (command === undefined) return;
    const env = {
      RADIANT_ALERT: alert.type,
      RADIANT_ALERT_TEXT: message.text,
      RADIANT_NAME: this.#app,
      ...(alert.slot !== undefined && { RADIANT_SLOT: String(alert.slot) }),
    };
    this.#report('command', runShell(command, { folder, env, stdin: body }));
  }

  #report(what: string, delivery: Promise<void>): void {
    delivery.catch((error: unknown) => this.#failed(`the ${what} of \`alerts\` failed: ${reasonOf(error)}`));
  }
}
