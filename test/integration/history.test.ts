import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { runFolder } from '../../src/disk/run-folder.ts';
import { homes } from '../../src/disk/paths.ts';
import { readEvents } from '../../src/history/read.ts';
import type { FleetEvent } from '../../src/running/events.ts';
import { runCommand } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { startRadiant, type RunningApp } from '../support/radiant.ts';
import { testFolder, tinyApp } from '../support/tiny-apps.ts';

async function history(running: RunningApp): Promise<FleetEvent[]> {
  const { history: path } = runFolder(homes({ RADIANT_HOME: running.home }), running.name);
  const events: FleetEvent[] = [];
  for await (const event of readEvents(path)) events.push(event);
  return events;
}

const starts = (events: readonly FleetEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'starting' ? `${event.slot} ${event.cause}` : []));

test('the history says what happened and why, across a death of the supervisor and after the stop', async (t) => {
  const folder = await testFolder(t);
  const app = await tinyApp(folder, { label: 'one', breaks: 'crash' });
  const running = await startRadiant({ app });
  t.after(() => running.stop());

  await running.control.scale({ workers: 3 });
  const { workers } = await running.status();
  const again = await running.event((event) => event.type === 'ready');
  process.kill(workers[1]!.pid!, 'SIGUSR2');
  await again.seen;
  const told = await runCommand(running, ['describe', '2']);
  assert.equal(told.code, 0);
  assert.match(told.output, /started because of +the one before died\n/);
  assert.match(told.output, /restarts +1 time after a death\n/);
  assert.match(told.output, /environment .*\bRADIANT_SLOT\b/);
  assert.doesNotMatch(told.output, /RADIANT_SLOT=/);
  assert.match(told.output, /last exits\n.*ended: exited with code/);
  assert.match(told.output, /last lines\n(?:.*\n)*.*hello from one/);
  const described = JSON.parse((await runCommand(running, ['describe', '3', '--json'])).output) as {
    cause: string;
  };
  assert.equal(described.cause, 'scale');
  assert.equal((await runCommand(running, ['describe', '9'])).code, 1);
  await running.control.restart({});
  const { supervisor } = await running.status();
  process.kill(supervisor.pid, 'SIGKILL');
  await eventually('all workers were taken over', async () => {
    const taken = starts(await history(running)).filter((start) => start.endsWith('takeover'));
    const status = await running.status().catch(() => undefined);
    return taken.length === 3 && status?.workers.length === 3;
  });
  running.process.kill('SIGTERM');
  await once(running.process, 'exit');

  const events = await history(running);
  assert.deepEqual(starts(events).toSorted(), [
    '1 restart',
    '1 start',
    '1 takeover',
    '2 died',
    '2 restart',
    '2 start',
    '2 takeover',
    '3 restart',
    '3 scale',
    '3 takeover',
  ]);
  const steps = events.flatMap((event) => (event.type === 'supervisor' ? event.step : []));
  assert.deepEqual(steps, ['started', 'took over', 'stopped']);
  const asked = events.flatMap((event) => (event.type === 'asked' ? event.text : []));
  assert.deepEqual(asked, ['scale to 3 workers', 'restart', 'stop']);

  const { code, output } = await runCommand(running, [
    'events',
    '--type',
    'exit,supervisor',
    '--since',
    '10m',
  ]);
  assert.equal(code, 0);
  const lines = output.split('\n');
  const death = lines.findIndex((line) => line.includes(`worker 2 (pid ${workers[1]!.pid}) ended: `));
  assert.match(lines[death]!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}worker 2 .*exited with code \d+$/);
  assert.ok(
    lines.slice(death, death + 11).some((line) => line.includes('Error: it broke')),
    'its last lines',
  );
  assert.match(output, /another supervisor took over \(pid \d+\): it was ended by SIGKILL/);
  assert.doesNotMatch(output, /starts \(pid/);
  const json = await runCommand(running, ['events', '--json', '--type', 'asked']);
  assert.deepEqual(
    json.output
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text),
    asked,
  );
  const wrong = await runCommand(running, ['events', '--type', 'exits']);
  assert.equal(wrong.code, 64);
  assert.match(wrong.output, /no events "exits"; did you mean "exit"\?/);
});
