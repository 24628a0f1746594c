import { basename } from 'node:path';
import { contentOfFile, contentOfTree, readTree, type Tree } from '../bundle/copy/tree.ts';
import { inspect, type InspectedArchive } from '../bundle/copy/unpack.ts';
import { locateApp, type AppSource } from '../bundle/source/locate.ts';
import type { ReleaseSource } from '../running/release.ts';

/** An app whose files have been read. */
export type ReadApp =
  | { kind: 'archive'; file: string; tree: InspectedArchive['tree'] }
  | { kind: 'bundle'; folder: string; tree: Tree }
  | Extract<AppSource, { kind: 'node' }>;

/** Where an app comes from, and what it holds. */
export interface DescribedApp {
  app: ReadApp;
  source: ReleaseSource;
}

/** Errors: APP_NOT_FOUND, ARCHIVE. */
export async function describeApp(path: string): Promise<DescribedApp> {
  const app = await locateApp(path);
  if (app.kind === 'archive') {
    const { tree, ...content } = await inspect(app.file);
    return { app: { ...app, tree }, source: { kind: 'archive', name: basename(app.file), ...content } };
  }
  if (app.kind === 'bundle') {
    const tree = readTree(app.folder, true);
    return {
      app: { ...app, tree },
      source: { kind: 'folder', name: basename(path), ...contentOfTree(tree) },
    };
  }
  return { app, source: { kind: 'script', name: basename(path), ...contentOfFile(app.entry) } };
}
