import { logToOperator } from './operator-log.ts';

const changes = ['setuid', 'seteuid'] as const;

/** Says once what an app gives up that gives up its user itself. */
export function watchUser(): void {
  const { geteuid } = process;
  if (geteuid === undefined) return;
  const before = geteuid();
  let told = false;
  for (const name of changes) {
    const change = process[name]!;
    process[name] = function (this: unknown) {
      const result: unknown = Reflect.apply(change, this, arguments as never);
      const user = geteuid();
      if (user !== before && !told) {
        told = true;
        logToOperator(
          `the app has changed its user from ${before} to ${user}. What it serves goes on, but it can forward ` +
            'nothing to other workers any more, and when a supervisor dies it cannot reach the next one and is ' +
            'replaced at once. Start the app with --user instead',
        );
      }
      return result;
    };
  }
}
