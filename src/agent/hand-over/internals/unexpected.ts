import type { Refusal } from '../../../protocol/refusals.ts';
import { logToOperator } from '../../runtime/operator-log.ts';

const told = new Set<string>();

/** What is missing is for whoever looks after the app: it is said once. */
export function unexpected(refusal: Refusal, lack: string): Refusal {
  if (!told.has(lack)) logToOperator(`live sessions stay in this worker: ${refusal}: there is no ${lack}`);
  told.add(lack);
  return refusal;
}
