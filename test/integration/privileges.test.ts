import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { installRadiant, openMachine } from '../support/machine.ts';
import { meteorBundle } from '../support/meteor-bundle.ts';
import { noSandbox } from '../support/sandbox.ts';
import type { Status } from '../../src/running/status.ts';

test(
  'root binds a port below 1024, and the app runs as the user and the group that are named',
  { skip: noSandbox() },
  async (t) => {
    const bundle = await meteorBundle();
    const machine = await openMachine(t, dirname(bundle.path));
    const said = async (script: string): Promise<string> => {
      const { code, output } = await machine.run(script);
      assert.equal(code, 0, `${script}\n${output}`);
      return output;
    };
    await said(`${installRadiant}
useradd --system --home-dir /srv/home shop
cp -a /var/given /srv/shop
chmod 755 /srv/shop
cd /srv/shop
radiant start bundle --name shop --port 80 --workers 2 --user shop --group www-data --detach`);
    const ids = async (pid: number): Promise<string> =>
      (await said(`ps -o euser=,egroup= -p ${pid}`)).trim().replaceAll(/\s+/g, ' ');
    const look = async (): Promise<string[]> => {
      const { workers } = JSON.parse(await said('radiant status --json')) as Status;
      const serving = workers.filter(({ state }) => state === 'ready');
      return Promise.all(serving.map(({ pid }) => ids(pid!)));
    };
    assert.deepEqual(await look(), ['shop www-data', 'shop www-data']);
    const { supervisor } = JSON.parse(await said('radiant status --json')) as Status;
    assert.equal(await ids(supervisor.pid), 'root root');
    await said('curl --silent --fail --output /dev/null http://127.0.0.1/');
    await said('radiant restart');
    await said('radiant deploy /srv/shop/bundle');
    assert.deepEqual(await look(), ['shop www-data', 'shop www-data']);
    await said('curl --silent --fail --output /dev/null http://127.0.0.1/');
    await said('radiant stop');
    assert.equal((await machine.run('pgrep -u shop')).output, '');
  },
);
