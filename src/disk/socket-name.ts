import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Config } from '../config/types.ts';

/** The most slots that an app can have without a new configuration: a proxy in front lists so many. */
export const mostSlots = ({
  workers,
  scaling,
  spare,
}: Pick<Config, 'workers' | 'scaling' | 'spare'>): number => Math.max(workers, scaling?.max ?? 0) + spare;

type Named = Pick<Config, 'name' | 'socketBase'>;

const baseOf = ({ name, socketBase }: Named, runFolder: string): string =>
  socketBase ?? join(runFolder, name);

/** The stable name of a slot's socket, where proxies and health checks find whoever serves the slot. */
export const stableName = (config: Named, runFolder: string, slot: number): string =>
  `${baseOf(config, runFolder)}.${slot}.sock`;

/** The slots that have a stable name: there may have been more workers than there are. None where nobody may look. */
export function slotsNamed(config: Named, runFolder: string): number[] {
  const base = baseOf(config, runFolder);
  return linksIn(dirname(base)).flatMap((link) => {
    const slot = Number(/\.(\d+)\.sock$/.exec(link)?.[1]);
    return link === basename(stableName(config, runFolder, slot)) ? [slot] : [];
  });
}

function linksIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
  } catch {
    return [];
  }
}
