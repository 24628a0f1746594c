import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { testFolder } from '../support/tiny-apps.ts';
import { Observer } from './observer.ts';

test('a request that comes to one worker later than the one behind it to another is waited for', async (t) => {
  const observer = await Observer.listen(join(await testFolder(t), 'observer.sock'));
  t.after(() => observer.close());
  /** A process of the app, in which nothing is open when it is asked. */
  const process = async (pid: number): Promise<(number: number) => void> => {
    const socket = net.connect(observer.path);
    const tell = (message: object): void => void socket.write(`${JSON.stringify(message)}\n`);
    socket.on('data', () => tell({ settled: 'run' }));
    await once(socket, 'connect');
    tell({ stand: 'plain', pid });
    return (number) => tell({ saw: { id: `run.${number}` } });
  };
  const [early, late] = [await process(1), await process(2)];
  await observer.present('plain', 2);
  const settled = observer.settled('plain', 'run', ['0']);
  early(1);
  await observer.settled('plain', 'run', ['1']);
  late(0);
  assert.deepEqual((await settled).seen.map(({ id }) => id).toSorted(), ['run.0', 'run.1']);
});
