/** A file that holds the same content compressed. */
export interface StaticVariant {
  path: string;
  size: number;
}

/** A file that agents may serve. */
export interface StaticFile {
  /** Absolute path on disk. */
  path: string;
  size: number;
  /** Whole milliseconds; with the size it tells that the file is still the one that was looked at. */
  mtimeMs: number;
  /** SHA-256 of the content, in hex. */
  sha256: string;
  /** What stands in the entity tag: the app's own hash where it has one, so that browsers' copies stay valid. */
  tag: string;
  /** The URL names the content: what it gives never changes. */
  cacheable: boolean;
  /** For an app that does not know the file itself; null: what the app says. */
  contentType: string | null;
  /** With ROOT_URL's path prefix. */
  sourceMapUrl?: string;
  br?: StaticVariant;
  gzip?: StaticVariant;
  /** From a folder that the user named: also served when the app does not know it, and it may change on disk. */
  fromFolder?: true;
}

/** What agents serve of a release: written when it is deployed, read by every worker at its start. */
export interface StaticIndex {
  format: 1;
  release: number;
  files: StaticFile[];
  /** Decoded URL paths, with ROOT_URL's path prefix; the value is a place in `files`. */
  urls: Record<string, number>;
}

/** Undefined for the text of another version of Radiant. Errors: a SyntaxError. */
export function parseStaticIndex(text: string): StaticIndex | undefined {
  const value = JSON.parse(text) as Partial<StaticIndex> | null;
  const fits = value !== null && value.format === 1 && Array.isArray(value.files) && value.urls !== undefined;
  return fits ? (value as StaticIndex) : undefined;
}
