import { join } from 'node:path';
import type { Config } from './config/types.ts';

/** The most slots that an app can have without a new configuration: a proxy in front lists so many. */
export const mostSlots = ({
  workers,
  scaling,
  spare,
}: Pick<Config, 'workers' | 'scaling' | 'spare'>): number => Math.max(workers, scaling?.max ?? 0) + spare;

/** The stable name of a slot's socket, where proxies and health checks find whoever serves the slot. */
export function stableName(
  { name, socketBase }: Pick<Config, 'name' | 'socketBase'>,
  runFolder: string,
  slot: number,
): string {
  return socketBase === undefined ? join(runFolder, `${name}.${slot}.sock`) : `${socketBase}.${slot}.sock`;
}
