import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Renewal } from '../acme/renewal.ts';
import { Alerts } from '../alerts/alerts.ts';
import { groupNumber, workerAccount } from '../bundle/account/account.ts';
import type { AdminServer } from '../admin/server.ts';
import { publicSockets } from '../config/values/public-sockets.ts';
import type { Config } from '../config/types.ts';
import { serveControl } from '../control/server.ts';
import { reasonOf } from '../common/errors.ts';
import {
  cannotStart,
  type ListenerMessage,
  type Listeners,
  type ListenersWanted,
  type Order,
  type OrderMessage,
  type Up,
} from '../keeper/orders.ts';
import { FleetMetrics } from '../metrics/fleet-metrics.ts';
import { Journal } from '../history/journal.ts';
import { runFolderAt, type RunFolder } from '../disk/run-folder.ts';
import { mostSlots } from '../disk/socket-name.ts';
import { ownVersion } from '../common/version.ts';
import { serveAgentCheck } from './traffic/agent-check.ts';
import { listenForAgents } from './link/agents.ts';
import { audited } from './operations/audited-operations.ts';
import { Certificates } from './edge/certificates.ts';
import { clientAddress } from './traffic/client-address.ts';
import { EdgeHandler } from './link/edge-handler.ts';
import { EventBus } from './events/event-bus.ts';
import { HandOver } from './operations/hand-over.ts';
import { offerSockets, type Bound } from './operations/socket-handover.ts';
import { Maintenance } from './edge/maintenance.ts';
import { logLimits, rotateOwnLog } from './output/outputs.ts';
import { recover } from './operations/recover.ts';
import type { Handle } from '../running/handle.ts';
import { LimitShares } from './edge/limit-shares.ts';
import { StandIn } from './edge/stand-in.ts';
import { Supervisor } from './supervisor.ts';
import type { Fleet } from '../running/operations.ts';
import type { Launch } from '../running/launch.ts';
import { Weights } from './traffic/weights.ts';

// Else V8 lets as much again become garbage of what lived a little longer, while an app prints much. Not an argument of
// Node's: with it Node could not use the compiled form of its own modules that it brings, and would start 50 ms later.
setFlagsFromString('--optimize-for-size');

type Listening = Handle & { fd: number };

/** Asks the keeper for handles of all its sockets of one kind; a fresh set each time. */
function listeners(wanted: Listeners, count: number): Promise<Listening[]> {
  if (count === 0) return Promise.resolve([]);
  const { promise, resolve } = Promise.withResolvers<Listening[]>();
  const handles: Listening[] = [];
  const receive = (message: ListenerMessage | OrderMessage, handle: Listening): void => {
    if (!('of' in message) || message.of !== wanted) return;
    handles[message.index] = handle;
    if (Object.keys(handles).length < count) return;
    process.off('message', receive as never);
    resolve(handles);
  };
  process.on('message', receive as never);
  // In vain once the keeper is dead; without the callback that would be an uncaught error.
  process.send!({ wanted } satisfies ListenersWanted, undefined, {}, () => {});
  return promise;
}

async function socketsFor(config: Config): Promise<Record<Listeners, Listening[]>> {
  const [app, admin] = [publicSockets(config).length, config.admin?.listen.length ?? 0];
  return {
    public: await listeners('public', app),
    admin: await listeners('admin', admin),
    agentCheck: await listeners('agentCheck', config.agentCheck?.length ?? 0),
  };
}

function boundTo(config: Config, sockets: Record<Listeners, Listening[]>): Bound[] {
  const addresses = publicSockets(config).map(({ address }) => address);
  return [
    ...sockets.public.map(({ fd }, i) => ({ fd, address: addresses[i]! })),
    ...sockets.admin.map(({ fd }, i) => ({ fd, address: config.admin!.listen[i]! })),
    ...sockets.agentCheck.map(({ fd }, i) => ({ fd, address: config.agentCheck![i]! })),
  ];
}

/** Answers 503 on the public sockets when no worker has been there for `queueTimeout`. */
function standIn(supervisor: Supervisor, { config }: Launch, stand: StandIn): void {
  const sockets = publicSockets(config);
  let since = performance.now();
  let asked = false;
  setInterval(() => {
    stand.follow();
    if (supervisor.serving) {
      since = performance.now();
      if (stand.active) stand.stop();
    } else if (!stand.active && !asked && performance.now() - since >= config.queueTimeout) {
      asked = true;
      void listeners('public', sockets.length).then((handles) => {
        asked = false;
        if (supervisor.serving) for (const handle of handles) handle.close();
        else handles.forEach((handle, index) => stand.add(handle, sockets[index]!.speaks));
      });
    }
  }, 100).unref();
}

/** Hears the keeper's orders from the start; returns what carries them out, the earlier ones first. */
function hearOrders(): (obey: (order: Order) => void) => void {
  const early: Order[] = [];
  let act = (order: Order): unknown => early.push(order);
  process.on('message', (message: ListenerMessage | OrderMessage) => {
    if ('order' in message) act(message.order);
  });
  return (obey) => {
    act = obey;
    for (const order of early.splice(0)) obey(order);
  };
}

/** Loaded only where there is a page: most of it is of no use else. */
async function serveAdminIfAsked(
  fleet: Fleet,
  metrics: FleetMetrics,
  { config }: Launch,
  folders: RunFolder,
  handles: readonly Listening[],
): Promise<AdminServer | undefined> {
  if (config.admin === undefined) return undefined;
  const { serveAdmin } = await import('../admin/server.ts');
  return serveAdmin(fleet, metrics, config, folders, handles, clientAddress(config));
}

/** Events go to disk before anybody else hears of them. `said`: what was wrong before there were any. */
function journaled({ history }: RunFolder, said: readonly string[]): EventBus {
  const events = new EventBus();
  const journal = new Journal(history);
  events.subscribe((event) => journal.note(event));
  for (const text of said) {
    console.error(text);
    events.happened({ type: 'notice', slot: 0, text });
  }
  return events;
}

/** What signals and the keeper ask for. */
function commands(supervisor: Supervisor, fleet: Fleet): Record<Order, () => void> {
  let asked = 0;
  return {
    stop: () => {
      asked += 1;
      if (asked > 1) supervisor.kill();
      void fleet.stop();
    },
    restart: () => {
      fleet.restart().catch((error: unknown) => console.error(reasonOf(error)));
    },
  };
}

/** Tells those who are to hear of it what must not wait. */
function sendAlerts({ name, alerts: targets }: Config, events: EventBus): void {
  if (targets === undefined) return;
  const failed = (text: string): void => events.happened({ type: 'notice', slot: 0, text });
  const alerts = new Alerts(name, targets, failed);
  events.subscribe((event) => alerts.hear(event));
}

/** Whoever closes a terminal by force wants to see its programs gone. Else the app goes on for the next keeper. */
function whenKeeperDies({ attended }: Launch, events: EventBus, stop: () => void): void {
  const died = (): void => {
    if (attended) stop();
    else
      events.happened({ type: 'notice', slot: 0, text: 'the keeper has died; the app goes on without it' });
  };
  if (process.connected) process.on('disconnect', died);
  else died();
}

/** `before`: how the supervisor before this one ended. */
async function run(folder: string, state: string, before?: string): Promise<void> {
  const carryOut = hearOrders();
  const folders = runFolderAt(folder, state);
  const { launch, release, said } = await recover(folders);
  const { config } = launch;
  rotateOwnLog(join(folders.logs, 'supervisor.log'), logLimits(config));
  const account = await workerAccount(config);
  const socketGroup = config.socketGroup === undefined ? null : await groupNumber(config.socketGroup);
  const sockets = await socketsFor(config);
  const handles = sockets.public;
  const listenerFds = handles.map((handle) => handle.fd);
  const workerPlan = { launch, run: folders, account, socketGroup, listenerFds };
  const events = journaled(folders, said);
  const renewal = config.acme && new Renewal(config.acme, folders.acme);
  const certificates = new Certificates(config.tls ?? [], renewal);
  const supervisor = new Supervisor(workerPlan, release, handles, events, certificates);
  const handOver = new HandOver(supervisor, events);
  const maintenance = new Maintenance(folders.maintenance, events);
  const leave: Fleet['handOver'] = (successor) => handOver.begin(successor);
  const fleet = audited(supervisor, maintenance, certificates, leave, events);
  const metrics = new FleetMetrics(supervisor, supervisor.reports, ownVersion());
  const edgeHandler = new EdgeHandler(supervisor.agentHandler, maintenance, new LimitShares(config));
  const agents = await listenForAgents(folders.agents, account, edgeHandler);
  const control = await serveControl(fleet, metrics, folders.control);
  const admin = await serveAdminIfAsked(fleet, metrics, launch, folders, sockets.admin);
  const weights = new Weights(supervisor.workers, mostSlots(config));
  const agentCheck = config.agentCheck && serveAgentCheck(sockets.agentCheck, weights);
  const offer = await offerSockets(folders.offer, boundTo(config, sockets));
  const { stop, restart } = commands(supervisor, fleet);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('SIGHUP', restart);
  whenKeeperDies(launch, events, stop);
  events.happened({
    type: 'supervisor',
    pid: process.pid,
    ...(before === undefined ? { step: 'started' } : { step: 'took over', reason: before }),
  });
  sendAlerts(config, events);
  supervisor.start();
  tellUp();
  carryOut((order) => (order === 'stop' ? stop : restart)());
  standIn(supervisor, launch, new StandIn(certificates, maintenance));
  const end = await Promise.race([supervisor.stopped, handOver.asked.then(() => 'handed over' as const)]);
  if (end === 'handed over') {
    handOver.end(control);
    return;
  }
  events.happened({ type: 'supervisor', step: 'stopped', pid: process.pid });
  supervisor.close();
  agents.close();
  admin?.close();
  agentCheck?.close();
  offer.close();
  control.close(() => process.exit(0));
}

/** From then on its end is a crash, and another supervisor must follow. */
let up = false;

function tellUp(): void {
  up = true;
  const successor = { node: process.execPath, entry: process.argv[1]! };
  process.send?.({ successor, up: true } satisfies Up, undefined, {}, () => {});
}

// Before it has its sockets, nothing can be done without a keeper.
process.on('disconnect', () => up || process.exit(cannotStart));

const [folder, state, before] = process.argv.slice(2);
run(folder!, state!, before).catch((error: unknown) => {
  console.error(error);
  process.exit(up ? 1 : cannotStart);
});
