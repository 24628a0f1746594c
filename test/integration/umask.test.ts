import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startRadiant } from '../support/radiant.ts';
import { testFolder } from '../support/tiny-apps.ts';

const skip =
  !process.env.CI && process.getuid?.() !== 0 ? 'it needs root, to start an app as somebody else' : false;

for (const umask of [0o027, 0o077]) {
  test(
    `an app of another account starts with umask ${umask.toString(8)}, and has that itself`,
    { skip },
    async (t) => {
      const folder = await testFolder(t);
      const home = join(folder, 'home');
      const app = join(folder, 'app.cjs');
      await mkdir(home);
      await copyFile(join(import.meta.dirname, 'apps', 'umask.cjs'), app);
      await Promise.all([folder, home].map((each) => chmod(each, 0o755)));
      await chmod(app, 0o644);
      const at = { home, port: await freePort() };
      const before = process.umask(umask); // which a process that is started now inherits
      const starting = startRadiant({ app, workers: 1, args: ['--user', 'nobody'], at });
      process.umask(before);
      const running = await starting;
      t.after(() => running.stop());
      assert.equal(await (await fetch(running.url)).text(), umask.toString(8));
    },
  );
}
