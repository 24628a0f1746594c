import { readFileSync } from 'node:fs';

/**
 * A UUID, for names that nobody else gives. The kernel's (random(4)), where it has some: node:crypto takes a process that
 * does nothing else with it 1.6 MB.
 */
export function uniqueId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trimEnd();
  } catch {
    return process.getBuiltinModule('node:crypto').randomUUID();
  }
}
