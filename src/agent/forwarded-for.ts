import type { IncomingMessage } from 'node:http';

const field = 'x-forwarded-for';

/**
 * Leaves exactly as many X-Forwarded-For entries as there are trusted proxies: what stands further left is the
 * client's own invention. A request that came past one of them is filled up with the farthest address that is
 * certain, since Meteor (3.2.2) counts the entries and gives no address when the number differs.
 */
export function trimmed(
  value: string | undefined,
  proxies: number,
  peer: string | undefined,
): string | undefined {
  if (proxies === 0) return undefined;
  const entries = (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .slice(-proxies);
  const farthest = entries[0] ?? peer;
  if (farthest === undefined) return undefined;
  while (entries.length < proxies) entries.unshift(farthest);
  return entries.join(', ');
}

/** Applies that to a request before the app sees it. Several fields of the name count as one (RFC 9110, 5.2). */
export function trimForwardedFor(request: IncomingMessage, proxies: number): void {
  const raw = request.rawHeaders;
  let first = -1;
  let value: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.length !== field.length || raw[i]!.toLowerCase() !== field) continue;
    value = value === undefined ? raw[i + 1]! : `${value}, ${raw[i + 1]}`;
    if (first < 0) first = i;
    else {
      raw.splice(i, 2);
      i -= 2;
    }
  }
  if (first < 0 && proxies === 0) return;
  const result = trimmed(value, proxies, request.socket.remoteAddress);
  if (result === value && first >= 0) return;
  const { headers } = request;
  if (result === undefined) {
    if (first >= 0) raw.splice(first, 2);
    delete headers[field];
    return;
  }
  if (first < 0) raw.push('X-Forwarded-For', result);
  else raw[first + 1] = result;
  headers[field] = result;
}
