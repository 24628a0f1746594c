import { advice, good, wrong, type Check } from '../finding.ts';
import type { Polled } from './polling.ts';

/** What a site was found to do, seen from outside. What does not apply or cannot be told is left out. */
export interface SiteFacts {
  url: string;
  /** It could not be reached at all. */
  problem?: string;
  page?: { status: number; versions: string[]; skewMs: number | undefined };
  kind?: 'sockjs' | 'engine' | 'none';
  /** The status of a request for a WebSocket, or what went wrong. */
  websocket?: number | string;
  polling?: { cookies: Polled; none: Polled };
  /** `own`: this machine's address; `believed`: a forged X-Forwarded-For was; `lost`: it left no address at all. */
  address?: { seen: string | null; own: string | undefined; believed: boolean; lost: boolean };
  asset?:
    | { path: string; problem: string }
    | {
        path: string;
        hashed: boolean;
        status: number;
        maxAge: number;
        encoding: string | undefined;
        size: number;
        revalidates: boolean;
      };
  socketVersion?: string;
}

const reachable: Check<SiteFacts> = ({ url, problem, page }) => {
  if (problem !== undefined) {
    return wrong(
      `${url} cannot be reached: ${problem}`,
      '`radiant status` on the machine shows whether the app is ready',
    );
  }
  const status = page?.status ?? 0;
  if (status >= 500)
    return wrong(
      `${url} answers ${status}`,
      "`radiant status` shows the app's last lines; the log of the proxy in front says more",
    );
  if (status >= 400)
    return advice(`${url} answers ${status}`, 'Give the URL of a page, with the path of ROOT_URL');
  if (status >= 300) return advice(`${url} sends elsewhere (${status})`, 'Give the URL that it sends to');
  return good(`${url} answers ${status}`);
};

const websocket: Check<SiteFacts> = ({ websocket: status, kind }) => {
  if (kind === 'none')
    return good('it has neither SockJS nor Socket.IO, so there is no WebSocket to be asked for');
  if (status === undefined) return undefined;
  if (status === 101) return good('a WebSocket opens');
  return wrong(
    typeof status === 'number'
      ? `the request for a WebSocket is answered with ${status}`
      : `no WebSocket: ${status}`,
    'The proxy in front must pass Upgrade and Connection on, with HTTP/1.1: see `radiant export nginx`',
  );
};

const share = (polled: Polled): string => `${polled.lost} of ${polled.asked}`;

const polling: Check<SiteFacts> = ({ polling: polled, kind }) => {
  if (polled === undefined) return undefined;
  const name = kind === 'engine' ? "Socket.IO's long polls" : 'the SockJS fallback';
  const { cookies, none } = polled;
  const problem = cookies.problem ?? none.problem;
  if (problem !== undefined)
    return wrong(`${name}: ${problem}`, 'The proxy in front must let these paths through');
  if (cookies.lost > 0) {
    return wrong(
      `${name} is not sticky: ${share(cookies)} requests of a session did not reach its process`,
      'Who divides the requests must keep a client with its process: Radiant does, and `radiant export nginx` agrees with it',
    );
  }
  if (none.lost > 0) {
    return advice(
      `${name} is sticky with cookies only: without them ${share(none)} requests did not reach the session's process`,
      'Cordova apps and browsers that block cookies have none; choose by the session in the path, as `radiant export nginx` does',
    );
  }
  return good(`${name} is sticky, with and without cookies`);
};

const loopback = (address: unknown): boolean =>
  typeof address === 'string' && /^(?:127\.|::1$)/.test(address);

const address: Check<SiteFacts> = ({ address: told, problem }) => {
  if (problem !== undefined) return undefined;
  if (told === undefined) {
    return good(
      "whether clients' addresses are true cannot be seen from outside: look at this.connection.clientAddress in the app",
    );
  }
  const { seen, own, believed, lost } = told;
  if (believed) {
    return wrong(
      'whoever sends X-Forwarded-For is believed',
      '`proxies` is larger than the number of proxies in front',
    );
  }
  if (seen === null || lost) {
    return wrong(
      seen === null
        ? 'the app does not know its clients'
        : 'a client that sends X-Forwarded-For has no address any more',
      '`proxies` must be the number of proxies in front, and each of them must overwrite or extend X-Forwarded-For',
    );
  }
  if (seen === own) return good(`the app sees our address, ${own}`);
  if (loopback(seen))
    return wrong(`the app takes us for ${seen}`, 'Something stands in front: say `proxies: 1`');
  return good(`the app sees ${seen}; here it is ${own ?? 'unknown'}: between them there may be a router`);
};

const assets: Check<SiteFacts> = ({ asset }) => {
  if (asset === undefined) return undefined;
  if ('problem' in asset) return wrong(`${asset.path}: ${asset.problem}`, 'The page asks for it');
  const { path, status, maxAge, encoding, size, revalidates } = asset;
  if (status !== 200)
    return wrong(
      `${path} answers ${status}`,
      'The page asks for it: page and files are of two releases, or it was not deployed',
    );
  const text = `${path}: ${size} bytes${encoding === undefined ? '' : ` (${encoding})`}`;
  if (encoding === undefined && size > 2048) {
    return advice(
      `${text}, not compressed`,
      'Let Radiant serve static files (no --no-static), or compress in the proxy',
    );
  }
  if (asset.hashed && maxAge < 86_400) {
    return advice(
      `${text}, and browsers ask again after ${maxAge} s`,
      'Its name has its hash: Cache-Control: max-age=31536000 is right',
    );
  }
  if (!asset.hashed && !revalidates && maxAge === 0) {
    return advice(`${text}, fetched anew by each page`, 'Give it an ETag or a max-age');
  }
  return good(`${text}, kept by browsers`);
};

const release: Check<SiteFacts> = ({ page, socketVersion, kind }) => {
  if (page === undefined || kind !== 'sockjs') return undefined;
  if (page.versions.length > 1) {
    return wrong(
      `pages of ${page.versions.length} releases at the same address`,
      'Browsers would reload for ever: stop the processes of one of them',
    );
  }
  const [version] = page.versions;
  if (version === undefined) return good('the page names no version');
  if (socketVersion === undefined)
    return good('the page names its version; nothing tells that of the socket');
  if (socketVersion === version) return good('page and socket are of one release');
  return wrong(
    'page and socket are of two releases',
    'Browsers would reload for ever: page and WebSocket must reach the same processes',
  );
};

const clock: Check<SiteFacts> = ({ page }) => {
  if (page?.skewMs === undefined) return undefined;
  const seconds = Math.round(Math.abs(page.skewMs) / 1000);
  if (seconds <= 30) return good('its clock agrees with ours');
  return advice(`its clock and ours differ by ${seconds} s`, 'One of them needs chrony or systemd-timesyncd');
};

export const siteChecks = {
  site: reachable,
  WebSocket: websocket,
  polling,
  addresses: address,
  assets,
  release,
  clock,
};
