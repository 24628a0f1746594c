import type { IncomingMessage, ServerResponse } from 'node:http';
import type net from 'node:net';

import type { SupervisorMessage } from '../../protocol/messages.ts';
import { refuseUpgrade } from '../http/last-answer.ts';
import { sessionOf } from '../sessions/sessions.ts';

/**
 * Tells whether a URL is what balancers ask for. `/` is what visitors ask for too, so then nothing is; Radiant's own
 * checks do not come by the public sockets.
 */
export function healthQuestion(healthPath: string): (url: string) => boolean {
  if (healthPath === '/') return () => false;
  return (url) => {
    const query = url.indexOf('?');
    return (query < 0 ? url : url.slice(0, query)) === healthPath;
  };
}

export type MaintenanceNews = Extract<SupervisorMessage, { type: 'maintenance' }>;

/** While it is on, visitors get a page that says so instead of the app; who has a session may keep it. */
export class Maintenance {
  #news: MaintenanceNews | undefined;
  readonly #asksForHealth: (url: string) => boolean;
  readonly #sticky: boolean;

  /** `sticky`: it can be told which long-poll sessions are open already. */
  constructor(healthPath: string, sticky: boolean) {
    this.#asksForHealth = healthQuestion(healthPath);
    this.#sticky = sticky;
  }

  use(news: MaintenanceNews): void {
    this.#news = news.page === null ? undefined : news;
  }

  get on(): boolean {
    return this.#news !== undefined;
  }

  /** The requests of a long-poll session pass: whether it is new is known where it lives. */
  refuses(url: string): boolean {
    if (this.#news === undefined || this.#asksForHealth(url)) return false;
    return !this.#sticky || this.#news.close || sessionOf(url) === undefined;
  }

  /** RFC 9110, 15.6.4 and 10.2.3. */
  get #fields(): [string, string][] {
    const { page, retryAfter } = this.#news!;
    return [
      ['Retry-After', String(retryAfter)],
      ['Cache-Control', 'no-store'],
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Length', String(Buffer.byteLength(page!))],
    ];
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    response.statusCode = 503;
    for (const [name, value] of this.#fields) response.setHeader(name, value);
    response.end(request.method === 'HEAD' ? undefined : this.#news!.page);
  }

  answerUpgrade(socket: net.Socket): void {
    refuseUpgrade(socket, 503, this.#fields, this.#news!.page!);
  }
}
