import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { pause } from './http-load.ts';

/** POSTs without pause from several clients, each with a path of its own: which of them failed, and when. */
export class PostLoad {
  readonly failures: { path: string; error: string }[] = [];
  requests = 0;
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #url: string;
  readonly #loops: Promise<void>[];
  #running = true;

  constructor(url: string, clients: number, pauseMs: number) {
    this.#url = url;
    this.#loops = Array.from({ length: clients }, (_, i) => this.#loop(i, pauseMs));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  async #loop(client: number, pauseMs: number): Promise<void> {
    let sent = 0;
    while (this.#running) {
      const path = `/post/${client}/${(sent += 1)}`;
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      const problem = await this.#post(path);
      if (problem !== undefined) this.failures.push({ path, error: problem });
      this.requests += 1;
      // oxlint-disable-next-line no-await-in-loop
      await pause(pauseMs);
    }
  }

  #post(path: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const request = http.request(this.#url + path, { method: 'POST', agent: this.#agent }, (response) => {
        response.resume().once('error', (error) => resolve(error.message));
        response.once('end', () => {
          resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`);
        });
      });
      request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      request.end('x'.repeat(2_000));
    });
  }
}

/** The lines that are in a file more than once. */
export async function repeated(journal: string): Promise<string[]> {
  const seen = new Set<string>();
  const lines = (await readFile(journal, 'utf8')).split('\n').filter(Boolean);
  return lines.filter((line) => seen.size === seen.add(line).size);
}
