import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { RunningApp } from './radiant.ts';

/** The text that `GET /metrics` gives at the control socket of an app. */
export async function scrapeText(app: Pick<RunningApp, 'home' | 'name'>): Promise<string> {
  const socketPath = join(app.home, 'run', app.name, 'control.sock');
  const [response] = (await once(http.get({ socketPath, path: '/metrics', agent: false }), 'response')) as [
    IncomingMessage,
  ];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}: ${text}`);
  return text;
}

/** A scrape, for tests to look into. */
export class Scrape {
  /** Values by the text of their series, for instance `radiant_workers{state="ready"}`. */
  readonly series = new Map<string, number>();
  /** Metrics that are counters, or histograms. */
  readonly #monotonic: string[] = [];

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const type = /^# TYPE (\S+) (?:counter|histogram)$/.exec(line)?.[1];
      if (type !== undefined) this.#monotonic.push(type);
      const sample = /^([^#]\S*(?:\{.*\})?) (\S+)$/.exec(line);
      if (sample === null) continue;
      if (this.series.has(sample[1]!)) throw new Error(`twice in one scrape: ${sample[1]}`);
      this.series.set(sample[1]!, Number(sample[2]));
    }
  }

  static async of(app: RunningApp): Promise<Scrape> {
    return new Scrape(await scrapeText(app));
  }

  /** The sum of all series of a metric that have these labels. */
  sum(name: string, labels: Record<string, string> = {}): number {
    let sum = 0;
    for (const [series, value] of this.series) {
      const [metric, rest = ''] = series.split('{', 2);
      if (metric === name && Object.entries(labels).every(([label, of]) => rest.includes(`${label}="${of}"`)))
        sum += value;
    }
    return sum;
  }

  /** Series that only grow and are smaller than in the scrape before, or gone. */
  wentBackwards(before: Scrape): string[] {
    return [...before.series].flatMap(([series, was]) => {
      const grows = before.#monotonic.some((name) => series.startsWith(name));
      const is = this.series.get(series);
      return grows && (is === undefined || is < was) ? [`${series}: ${was}, then ${is}`] : [];
    });
  }
}
