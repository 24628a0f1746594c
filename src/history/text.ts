import type { CertificateStep, FleetEvent } from '../running/events.ts';
import { departuresText } from './departures.ts';
import { bytes, took } from '../common/units.ts';

type Texts = {
  [T in FleetEvent['type']]: (event: Extract<FleetEvent, { type: T }>) => string;
};

const causes: Readonly<Record<string, string>> = {
  start: 'the app starts',
  died: 'the one before died',
  scale: 'more workers are wanted',
  restart: 'restart',
  replace: 'replaced by hand',
  drain: 'replaced by hand', // as it was called before
  memory: 'the one before has used too much memory',
  takeover: 'the supervisor before died',
};

export function causeText(cause: string): string {
  const [word = '', release] = cause.split(' ');
  if (release !== undefined && word === 'deploy') return `deploy of release ${release}`;
  if (release !== undefined && word === 'back') return `back to release ${release}`;
  return causes[cause] ?? cause;
}

const steps = {
  first: 'its first worker starts',
  others: 'its first worker is ready, the others start',
  switched: 'new visitors get it',
  draining: 'the old workers lose their sessions',
  watching: 'all sessions have moved; it is watched',
  done: 'it stays',
  failed: 'it never took over',
  back: 'it was left again',
} as const;

const supervisorSteps = {
  started: 'supervisor started',
  'took over': 'another supervisor took over',
  'hands over': 'supervisor ends, its workers go on',
  stopped: 'supervisor stopped: the app has ended',
} as const;

const certificateTexts: {
  [S in CertificateStep['step']]: (event: Extract<CertificateStep, { step: S }>, names: string) => string;
} = {
  missing: (_, names) => `there is no certificate for ${names} yet: HTTPS is refused until there is one`,
  ordered: ({ challenge }, names) => `certificate for ${names}: asked for by ${challenge}`,
  issued: ({ expires, next }, names) =>
    `certificate for ${names}: issued, until ${expires}; renewed from ${next} on`,
  expiring: ({ expires }, names) =>
    `certificate for ${names}: expires ${expires}, and nothing has replaced it`,
  failed: ({ reason, expires, next }, names) => {
    const old = expires === undefined ? 'there is none' : `the one in use expires ${expires}`;
    return `certificate for ${names}: failed: ${reason}; ${old}; next try ${next}`;
  },
};

const because = (reason: string | undefined): string => (reason ? `: ${reason}` : '');

const texts: Texts = {
  starting: ({ slot, pid, cause }) => `worker ${slot} starts (pid ${pid}): ${causeText(cause)}`,
  ready: ({ slot, pid, startedInMs }) => `worker ${slot} ready in ${took(startedInMs)} (pid ${pid})`,
  closed: ({ slot, pid }) =>
    `the app of worker ${slot} has closed its server and lives on; the others take its clients (pid ${pid})`,
  reopened: ({ slot, pid }) => `the app of worker ${slot} listens again (pid ${pid})`,
  promoted: ({ slot, pid }) => `worker ${slot}, a spare, takes clients from now on (pid ${pid})`,
  drained: ({ slot, pid, ...departures }) =>
    `worker ${slot} is empty: ${departuresText(departures) ?? 'it had nobody'} (pid ${pid})`,
  draining: ({ slot, pid }) => `worker ${slot} drains (pid ${pid})`,
  exit: ({ slot, pid, reason, expected }) =>
    expected ? `worker ${slot} stopped` : `worker ${slot} (pid ${pid}) ended: ${reason}`,
  snapshot: ({ slot, pid, file }) => `worker ${slot} (pid ${pid}) has written its heap to ${file}`,
  hang: ({ slot, pid, silentMs, where, stack }) =>
    `worker ${slot} (pid ${pid}) hangs: it has not answered for ${took(silentMs)}${because(where ?? stack[0])}`,
  fault: ({ slot, pid, entry, stack }) =>
    `worker ${slot} (pid ${pid}) goes on: what Radiant does in it failed (${entry})${because(stack[0])}`,
  retry: ({ slot, inMs, failing }) => {
    const when = inMs < 100 ? 'now' : `in ${took(inMs)}`;
    return failing
      ? `worker ${slot} keeps ending soon after its start; next try ${when}`
      : `worker ${slot} starts again ${when}`;
  },
  memory: ({ slot, pid, rssBytes, limitBytes }) =>
    `worker ${slot} (pid ${pid}) uses ${bytes(rssBytes)} of memory, ${bytes(limitBytes)} are allowed: it is replaced`,
  maintenance: ({ on, ownPage, close }) => {
    if (!on) return 'maintenance is over: visitors get the app again';
    const page = ownPage ? 'a page of your own' : 'the built-in page';
    return `maintenance: visitors get ${page}${close ? '; open sessions are closed' : ''}`;
  },
  scaled: ({ from, to, reason }) => `${to} worker${to === 1 ? '' : 's'} wanted instead of ${from}: ${reason}`,
  limit: ({ text }) => text,
  notice: ({ slot, text }) => (slot > 0 ? `worker ${slot}: ${text}` : text),
  certificate: (event) => certificateTexts[event.step](event as never, event.names.join(', ')),
  state: ({ state }) => `the app is ${state}`,
  rollout: ({ release, step, reason }) => `release ${release}: ${steps[step]}${because(reason)}`,
  asked: ({ text }) => `asked for: ${text}`,
  supervisor: ({ step, pid, reason }) => `${supervisorSteps[step]} (pid ${pid})${because(reason)}`,
  output: ({ slot, line }) => `${slot} | ${line}`,
};

export const eventTypes: readonly string[] = Object.keys(texts);

/** An event in words, in one line. */
export function eventText(event: FleetEvent): string {
  if (!Object.hasOwn(texts, event.type)) return `${event.type} ${facts(event)}`;
  return (texts[event.type] as (event: FleetEvent) => string)(event);
}

/** It is worth a look by somebody who looks after the app. */
export const isBad = (event: FleetEvent): boolean =>
  (event.type === 'exit' && !event.expected) ||
  event.type === 'hang' ||
  event.type === 'fault' ||
  (event.type === 'certificate' && (event.step === 'failed' || event.step === 'expiring')) ||
  (event.type === 'retry' && event.failing) ||
  (event.type === 'state' && event.state === 'failing') ||
  (event.type === 'rollout' && (event.step === 'failed' || event.step === 'back'));

/** What an event of a newer version says: `slot 3, from 2`. */
function facts({ time: _time, type: _type, ...rest }: FleetEvent): string {
  return Object.entries(rest)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
}
