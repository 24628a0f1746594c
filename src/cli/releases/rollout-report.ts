import type { Progress } from '../../node/progress.ts';
import type { DeployReport } from '../../running/operations.ts';
import type { FleetEvent } from '../../running/events.ts';
import type { RolloutStep } from '../../running/status.ts';
import { showProgress } from '../output/progress.ts';
import type { Terminal } from '../output/terminal.ts';
import { count, departed, took } from '../output/text.ts';

const words: Partial<Record<RolloutStep, string>> = {
  first: 'starting its first worker alone',
  others: 'starting the others',
  switched: 'switched: new visitors get it',
  draining: 'moving the sessions of the old workers',
};

/** Tells of a deploy, step by step, with the time since its beginning: to people, or line by line as JSON. */
export interface RolloutReport {
  readonly progress: Progress;
  event(event: FleetEvent, release: number): void;
  summary(name: string, report: DeployReport, watch: number): void;
}

export function reportTo(terminal: Terminal, json: boolean): RolloutReport {
  const began = performance.now();
  const say = (text: string, fields: Record<string, unknown> = {}): void => {
    const ms = Math.round(performance.now() - began);
    if (json) terminal.print(JSON.stringify({ ms, step: text, ...fields }));
    else terminal.print(`${took(ms).padStart(7)}  ${text}`);
  };
  const transfers = showProgress(terminal);
  return {
    progress: {
      step: (text) => say(text),
      transfer: (label, done, total) => {
        if (!json) transfers.transfer(label, done, total);
      },
    },
    event: (event, release) => {
      if (event.type === 'rollout' && event.release === release) {
        const text = words[event.step];
        if (text !== undefined) say(`release ${release}: ${text}`, { rollout: event.step, release });
      } else if (event.type === 'ready') {
        say(`worker ${event.slot} ready in ${took(event.startedInMs)} (pid ${event.pid})`, {
          slot: event.slot,
          pid: event.pid,
        });
      } else if (event.type === 'notice' && event.slot > 0) {
        say(`worker ${event.slot}: ${event.text}`, { slot: event.slot });
      }
    },
    summary: (name, report, watch) => {
      if (json) {
        terminal.print(JSON.stringify({ done: true, name, ...report, watchedForMs: watch }));
        return;
      }
      const { from, to, ms, switchedInMs, sessionsMoved, departures, requestsFailed } = report;
      const times = `${took(ms)} (switched after ${took(switchedInMs)})`;
      terminal.print(
        `${terminal.style('bold', name)}: release ${from} → ${to} in ${times}, ` +
          `${count(sessionsMoved, 'session')} moved, ${count(requestsFailed, 'request')} failed${departed(departures)}`,
      );
      if (watch > 0) {
        const span = took(watch);
        terminal.print(`It is watched for ${span} and left again by itself if it does clearly worse.`);
      }
    },
  };
}
