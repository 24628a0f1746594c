import { epochMs, parseDate } from '../../common/dates.ts';
import { reasonOf } from '../../common/errors.ts';
import { ask, askForUpgrade, cookiesOf, type Answer } from './ask.ts';
import { pollEngine, pollSockjs } from './polling.ts';
import type { SiteFacts } from './site-checks.ts';
import { assetsOf, pageVersion, socketVersion } from './versions.ts';

/** How often the page is loaded: two releases at random agree in all of them once in 30. */
const visits = 6;

/** Talks to a running site as a browser would. Never rejects: what failed is among the facts. */
export async function visit(url: string): Promise<SiteFacts> {
  const base = url.replace(/\/+$/, '');
  const pages: Answer[] = [];
  try {
    for (let each = 0; each < visits; each += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one visitor after the other
      pages.push(await ask(`${base}/`, { headers: { Accept: 'text/html', 'Accept-Encoding': 'identity' } }));
    }
  } catch (error) {
    return { url: base, problem: reasonOf(error) };
  }
  const first = pages[0]!;
  const kind = await kindOf(base);
  return {
    url: base,
    page: {
      status: first.status,
      versions: [...new Set(pages.flatMap(({ body }) => pageVersion(body) ?? []))],
      skewMs: first.headers.date === undefined ? undefined : parseDate(first.headers.date) - epochMs(),
    },
    kind,
    ...(kind !== 'none' && (await socketFacts(base, kind, first))),
    ...(await addressFacts(base)),
    ...(await assetFacts(first, `${base}/`)),
  };
}

async function kindOf(base: string): Promise<NonNullable<SiteFacts['kind']>> {
  const sockjs = await ask(`${base}/sockjs/info`).catch(() => undefined);
  if (sockjs?.status === 200 && sockjs.body.includes('"entropy"')) return 'sockjs';
  const engine = await ask(`${base}/socket.io/?EIO=4&transport=polling`).catch(() => undefined);
  return engine?.status === 200 && engine.body.includes('"sid"') ? 'engine' : 'none';
}

async function socketFacts(
  base: string,
  kind: 'sockjs' | 'engine',
  page: Answer,
): Promise<Partial<SiteFacts>> {
  const path = kind === 'sockjs' ? '/websocket' : '/socket.io/?EIO=4&transport=websocket';
  const poll = kind === 'sockjs' ? pollSockjs : pollEngine;
  const upgrade = await askForUpgrade(`${base}${path}`, cookiesOf(page)).catch(reasonOf);
  const version =
    kind === 'sockjs' && upgrade === 101 ? await socketVersion(base, cookiesOf(page)) : undefined;
  return {
    websocket: upgrade,
    ...(version !== undefined && { socketVersion: version }),
    polling: { cookies: await poll(base, true), none: await poll(base, false) },
  };
}

const forged = '203.0.113.66';

/** Only an app that tells a client's address can be asked for it: the example app does. */
async function addressFacts(base: string): Promise<Partial<SiteFacts>> {
  const tell = async (
    headers: Record<string, string>,
  ): Promise<{ seen: string | null | undefined; own: string | undefined }> => {
    const { body, localAddress } = await ask(`${base}/api/whoami`, { headers });
    const told = JSON.parse(body) as { clientAddress?: string | null };
    return { seen: told.clientAddress, own: localAddress };
  };
  try {
    const [plain, lied] = [await tell({}), await tell({ 'X-Forwarded-For': forged })];
    if (plain.seen === undefined) return {};
    const own = plain.own?.replace(/^::ffff:/, '');
    return { address: { seen: plain.seen, own, believed: lied.seen === forged, lost: lied.seen === null } };
  } catch {
    return {};
  }
}

async function assetFacts(page: Answer, url: string): Promise<Partial<SiteFacts>> {
  const [asset] = assetsOf(page, url).toSorted((a, b) => hashed(b) - hashed(a));
  if (asset === undefined) return {};
  try {
    const answer = await ask(asset, { headers: { 'Accept-Encoding': 'br, gzip' } });
    const { etag } = answer.headers;
    const again =
      etag === undefined
        ? undefined
        : await ask(asset, { headers: { 'If-None-Match': etag, 'Accept-Encoding': 'br, gzip' } });
    return {
      asset: {
        path: new URL(asset).pathname,
        hashed: hashed(asset) === 1,
        status: answer.status,
        maxAge: Number(/max-age=(\d+)/.exec(answer.headers['cache-control'] ?? '')?.[1] ?? 0),
        encoding: answer.headers['content-encoding'],
        size: answer.size,
        revalidates: again?.status === 304,
      },
    };
  } catch (error) {
    return { asset: { path: new URL(asset).pathname, problem: reasonOf(error) } };
  }
}

/** Its name changes with its content, so it may be kept for ever. */
const hashed = (url: string): 0 | 1 => (/[\da-f]{20,}/i.test(url) ? 1 : 0);
