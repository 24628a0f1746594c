import { once } from 'node:events';
import * as acme from 'acme-client';
import { epochMs, parseDate } from '../common/dates.ts';
import { carryOut } from './carry-out.ts';
import type { Order, Report } from './order.ts';

// A process of its own: the library takes 27 MB and a third of a second to load, once in two months, which is too much
// for a process that supervises. It gets an `Order` as its first message and tells `Report`s.

/** How long one request may take. */
const requestTimeoutMs = 30_000;

/** What the last answer of the authority that refused something said besides its reason. */
const objection: { notBefore: number | null; type: string } = { notBefore: null, type: '' };

function tell(report: Report): Promise<void> {
  return new Promise((resolve) => process.send!(report, undefined, {}, () => resolve()));
}

/** Retry-After: seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const seconds = Number(value);
  const at = Number.isFinite(seconds) ? epochMs() + seconds * 1000 : parseDate(value);
  return Number.isNaN(at) ? null : at;
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  data?: { type?: string };
}

/**
 * The library would repeat a request itself, after hours if the authority says so, and loses the reason of a network
 * error while it does. Who tries again, and when, is decided elsewhere.
 */
function takeErrors(): void {
  acme.axios.defaults.timeout = requestTimeoutMs;
  acme.axios.interceptors.response.clear();
  acme.axios.interceptors.response.use(null, (error: Error & { response?: Answer }) => {
    const { response } = error;
    if (response === undefined) return Promise.reject(error);
    if (response.status >= 400) {
      objection.type = response.data?.type ?? '';
      objection.notBefore = retryAfter(response.headers['retry-after']);
    }
    return response;
  });
}

function reason(error: unknown): string {
  const text =
    error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
  return text === '' ? 'the authority gave no reason' : text;
}

async function run(): Promise<void> {
  const [order] = (await once(process, 'message')) as [Order];
  takeErrors();
  try {
    await carryOut(acme, order, {
      tell,
      answerable: async (answers) => {
        const heard = once(process, 'message');
        await tell({ type: 'answers', answers });
        await heard;
      },
    });
  } catch (error) {
    const accountUnknown = objection.type.endsWith(':accountDoesNotExist');
    await tell({ type: 'failed', reason: reason(error), notBefore: objection.notBefore, accountUnknown });
  }
  process.exit(0);
}

process.once('disconnect', () => process.exit(1));
void run();
