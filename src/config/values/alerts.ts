import type { AlertTargets } from '../types.ts';
import { readDuration } from './values.ts';

/** What a configuration file may say of alerts. */
export interface WrittenAlerts {
  webhook?: string | undefined;
  command?: string | undefined;
  every?: string | number | undefined;
}

const everyMs = 300_000;

export function readWebhook(value: string): string | undefined {
  const url = URL.parse(value.trim());
  return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

export function readAlerts({
  webhook,
  command,
  every,
}: WrittenAlerts): Omit<AlertTargets, 'folder'> | undefined {
  const url = webhook === undefined ? undefined : readWebhook(webhook);
  const span = every === undefined ? everyMs : readDuration(every);
  if (span === undefined || (webhook !== undefined && url === undefined)) return undefined;
  return {
    ...(url !== undefined && { webhook: url }),
    ...(command !== undefined && { command }),
    every: span,
  };
}

/** Where alerts go, if anywhere. The file is stronger than the environment, which keeps a secret out of the file. */
export function alertTargets(
  written: (Omit<AlertTargets, 'folder'> & { folder?: string }) | undefined,
  secret: string | undefined,
): AlertTargets | undefined {
  const webhook = written?.webhook ?? secret;
  if (webhook === undefined && written?.command === undefined) return undefined;
  return { every: everyMs, folder: '/', ...written, ...(webhook !== undefined && { webhook }) };
}
