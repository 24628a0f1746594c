import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { idleHoldings, leftBeyond, patienceMs, type Holdings } from './calm.ts';
import { Client } from './client.ts';
import type { Fleet } from './fleet.ts';
import type { Asked, Round, Wave } from './plan.ts';
import { allReady, befall } from './trouble.ts';

/** The next wave begins at the latest then: clients that wait on are looked at in the end. */
const waveMs = 2_000;

/** What a client of a wave without a death must have been told; a worker that is `replaced` ends upgraded connections. */
function promised({ asked, door, manner, pipelined }: Round, replaced: boolean): string[] {
  if (manner !== 'stays') return [];
  // Node goes on giving its parser what TLS has decrypted when the answers that wait have paused that: the bare app's says
  // 400 then (HPE_PAUSED), in each of 900 tries on Node 14, 20 and 26.
  if (pipelined && door === 'tls' && asked.slice(0, -1).some(({ mode }) => mode === 'big')) return [];
  // The app cuts off what it has answered before. So does the kernel, which resets a connection that ends ahead of more that
  // its client sends (RFC 9112, 9.6): the bare app loses a big answer so each time.
  const last = asked.length - 1;
  const isCutOff = ({ mode }: Asked, at: number): boolean =>
    mode === 'cut' || (mode === 'closes' && at < last);
  if (pipelined && door !== 'h2' && asked.some(isCutOff)) return [];
  // A connection may end with an answer, unless HTTP/2 carries it.
  const bound = door === 'h2' ? asked : asked.slice(0, 1);
  return bound
    .filter(({ kind, mode }) => mode !== 'cut' && !(replaced && kind === 'upgrade'))
    .map(({ id }) => id);
}

const name = ({ door, asked, manner }: Round): string =>
  `${door}, ${asked.map(({ kind, mode }) => `${kind} ${mode}`).join(' + ')}, client ${manner}`;

/** Has waves of clients come and go, and finds what was wrong. */
export class Waves {
  /** What must not be, one line each. */
  readonly faults: string[] = [];
  /** All that is known of clients that fared ill. */
  readonly details: string[] = [];
  readonly counts = { rounds: 0, answered: 0, hung: 0, killed: 0, replaced: 0 };
  readonly #fleet: Fleet;
  readonly #before: Holdings;
  readonly #killed = new Set<number>();
  #waiting: Client[] = [];
  readonly #rounds = new Map<string, Round>();

  private constructor(fleet: Fleet, before: Holdings) {
    this.#fleet = fleet;
    this.#before = before;
  }

  static async over(fleet: Fleet): Promise<Waves> {
    return new Waves(fleet, await idleHoldings(fleet.app));
  }

  async run({ trouble, rounds }: Wave): Promise<void> {
    const workers = await allReady(this.#fleet, this.#killed);
    const about = `the workers are ${workers.map(({ slot, pid }) => `${slot}: ${pid}`).join(', ')}; ${JSON.stringify(trouble)}`;
    const worker = workers.find(({ slot }) => slot === trouble.slot)!;
    const troubled = befall(this.#fleet, trouble, worker);
    const clients = await Promise.all(
      rounds.map(async (round) => {
        await wait(round.begins);
        const client = new Client(round, this.#fleet.doors);
        client.diary.note(about);
        return client;
      }),
    );
    const end = await troubled;
    for (const { diary } of clients) diary.note(`trouble is over: ${end}`);
    if (end !== 'none') this.counts[end] += 1;
    if (end === 'killed') this.#killed.add(worker.pid!);
    await Promise.race([Promise.all(clients.map(({ closed }) => closed)), wait(waveMs)]);
    this.counts.rounds += rounds.length;
    for (const round of rounds) for (const { id } of round.asked) this.#rounds.set(id, round);
    for (const client of clients) {
      this.counts.answered += client.answered.size;
      if (!client.over) this.#waiting.push(client);
      else if (end !== 'killed') this.#checkAnswers(client, end === 'replaced');
    }
  }

  /** Looks at what is left, no earlier than after the last wave. */
  async finish(): Promise<void> {
    await allReady(this.#fleet, this.#killed);
    await eventually('nobody waits', () => this.#waiting.every(({ over }) => over), patienceMs).catch(
      () => {},
    );
    for (const client of this.#waiting) {
      if (!client.over) this.#faredIll('waits for ever', client);
      client.cut();
    }
    this.faults.push(...(await leftBeyond(this.#fleet.app, this.#before)));
    this.#checkJournal();
    this.#checkDeaths();
  }

  /** Whom we have not killed has died of something. */
  #checkDeaths(): void {
    const output = this.#fleet.app.output();
    const own = /^worker \d+ \(pid \d+\) ended: (?!ended by SIGKILL).*(?:\n.*){0,10}/gm;
    for (const [death] of output.matchAll(own)) this.faults.push(death);
  }

  #checkAnswers(client: Client, replaced: boolean): void {
    const { round, answered, refused } = client;
    for (const id of refused) if (this.#fleet.began().has(id)) this.#faredIll('refused and begun', client);
    for (const id of promised(round, replaced))
      if (!answered.has(id) && !(replaced && refused.has(id))) this.#faredIll('no answer', client);
  }

  #faredIll(how: string, { round, diary }: Client): void {
    const began = this.#fleet.began();
    const where = round.asked.map(({ id }) => `${id} began in ${began.get(id)?.join(', ') ?? 'none'}`);
    this.faults.push(`${how}: ${name(round)}`);
    this.details.push([how, JSON.stringify(round), ...where, diary].join('\n'));
  }

  /** No request may begin twice. */
  #checkJournal(): void {
    for (const [id, pids] of this.#fleet.began()) {
      if (pids.length === 1) continue;
      const [workers, round] = [new Set(pids).size, this.#rounds.get(id)];
      this.faults.push(`began ${pids.length} times, in ${workers} workers: ${round ? name(round) : id}`);
    }
  }
}
