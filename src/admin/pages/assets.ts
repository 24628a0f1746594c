import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

/** What the page is made of. Nothing of it is secret: the login page looks like it too. */
const types: Readonly<Record<string, string>> = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

interface Asset {
  content: Buffer;
  type: string;
  tag: string;
}

/** The built files of the page, read once. */
export class Assets {
  readonly #folder: string;
  readonly #read = new Map<string, Promise<Asset>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  has(path: string): boolean {
    return Object.hasOwn(types, path.slice(1));
  }

  /** Errors: as `readFile`, when the page was not built. */
  async send(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { content, type, tag } = await this.#get(path.slice(1));
    response.setHeader('etag', tag);
    response.setHeader('cache-control', 'no-cache'); // kept, and asked for again each time
    if (request.headers['if-none-match'] === tag) response.writeHead(304).end();
    else response.writeHead(200, { 'content-type': type, 'content-length': content.length }).end(content);
  }

  #get(name: string): Promise<Asset> {
    const known = this.#read.get(name) ?? this.#load(name);
    this.#read.set(name, known);
    known.catch(() => this.#read.delete(name));
    return known;
  }

  async #load(name: string): Promise<Asset> {
    const content = await readFile(join(this.#folder, name));
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;
    return { content, type: types[name]!, tag };
  }
}
