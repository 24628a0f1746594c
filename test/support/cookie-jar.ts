import http from 'node:http';
import https from 'node:https';

interface Cookie {
  value: string;
  path: string;
}

/** A browser's memory for one host: keeps what Set-Cookie says and gives what a request to `path` carries. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();

  /** Keeps the cookies of an answer; one that is empty or has expired is forgotten. */
  store(setCookie: string | string[] | undefined): void {
    for (const line of [setCookie ?? []].flat()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const equals = pair.indexOf('=');
      if (equals < 1) continue;
      const attribute = (name: string) =>
        attributes.find((each) => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
      const name = pair.slice(0, equals);
      const expired =
        Number(attribute('max-age')) <= 0 || Date.parse(attribute('expires') ?? '') < Date.now();
      if (expired) this.#cookies.delete(name);
      else this.#cookies.set(name, { value: pair.slice(equals + 1), path: attribute('path') ?? '/' });
    }
  }

  get(name: string): string | undefined {
    return this.#cookies.get(name)?.value;
  }

  set(name: string, value: string, path = '/'): void {
    this.#cookies.set(name, { value, path });
  }

  names(): string[] {
    return [...this.#cookies.keys()];
  }

  /** The Cookie header of a request to `path`; undefined when there is none to send. */
  header(path = '/'): string | undefined {
    const pairs = [...this.#cookies]
      .filter(([, cookie]) => isBelow(path, cookie.path))
      .map(([name, { value }]) => `${name}=${value}`);
    return pairs.length > 0 ? pairs.join('; ') : undefined;
  }
}

function isBelow(path: string, parent: string): boolean {
  const folder = parent.endsWith('/') ? parent : `${parent}/`;
  return path === parent || path.startsWith(folder);
}

/** Gets a page as a browser that opens the app does, and keeps its cookies. Rejects unless the answer is 2xx. */
export function visit(url: string, jar: CookieJar, agent?: http.Agent): Promise<void> {
  const { pathname, protocol } = new URL(url);
  const cookie = jar.header(pathname);
  const headers = { accept: 'text/html', ...(cookie === undefined ? {} : { cookie }) };
  const client = protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.get(url, { headers, ...(agent ? { agent } : {}) }, (response) => {
      jar.store(response.headers['set-cookie']);
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve();
        else reject(new Error(`GET ${url} answered ${statusCode}`));
      });
    });
    request.once('error', reject);
  });
}
