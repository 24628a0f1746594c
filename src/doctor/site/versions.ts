import type { Answer } from './ask.ts';

/** The version of the client that a Meteor page was made for, from its runtime configuration. */
export function pageVersion(body: string): string | undefined {
  const text = /__meteor_runtime_config__\s*=\s*JSON\.parse\(decodeURIComponent\((['"])(.*?)\1\)\)/s.exec(
    body,
  )?.[2];
  if (text === undefined) return undefined;
  try {
    const config = JSON.parse(
      decodeURIComponent(text.replaceAll(String.raw`\"`, '"').replace(/^"|"$/g, '')),
    ) as Config;
    return versionOf(config.autoupdate?.versions);
  } catch {
    return undefined;
  }
}

interface Config {
  autoupdate?: { versions?: Record<string, Versions> };
}
interface Versions {
  version?: string;
}

const versionOf = (versions: Record<string, Versions> | undefined): string | undefined =>
  versions?.['web.browser']?.version;

const timeout = 10_000;

/**
 * The version that the publication of client versions names over a WebSocket; undefined where nothing tells it.
 * DDP: https://github.com/meteor/meteor/blob/devel/packages/ddp/DDP.md
 */
export function socketVersion(base: string, headers: Record<string, string>): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Node's own client takes headers beside the protocols, which browsers' do not.
    const socket = new WebSocket(`${base.replace(/^http/, 'ws')}/websocket`, { headers });
    const timer = setTimeout(() => finish(), timeout);
    const finish = (version?: string): void => {
      clearTimeout(timer);
      socket.close();
      resolve(version);
    };
    const say = (message: object): void => socket.send(JSON.stringify(message));
    socket.addEventListener('open', () => say({ msg: 'connect', version: '1', support: ['1'] }));
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as { msg?: string; id?: string; fields?: Versions };
      if (message.msg === 'connected')
        say({ msg: 'sub', id: '1', name: 'meteor_autoupdate_clientVersions', params: [] });
      else if (message.msg === 'ping') say({ msg: 'pong' });
      else if (message.msg === 'added' && message.id === 'web.browser') finish(message.fields?.version);
      else if (message.msg === 'nosub' || message.msg === 'ready') finish();
    });
    socket.addEventListener('error', () => finish());
    socket.addEventListener('close', () => finish());
  });
}

/** The scripts and styles that a page asks for, as URLs. */
export function assetsOf(page: Answer, url: string): string[] {
  const found = page.body.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)\s*=\s*["']([^"']+)["']/g);
  return [...found]
    .map(([, path]) => new URL(path!.replaceAll('&amp;', '&'), url))
    .filter(({ origin, pathname }) => origin === new URL(url).origin && /\.(?:js|css|mjs)$/.test(pathname))
    .map(({ href }) => href);
}
