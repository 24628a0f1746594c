/** A file that a manifest or a folder names, before anybody has looked at it. */
export interface Candidate {
  path: string;
  /** The real folder that it lies in, with all others of its kind. */
  root: string;
  /** Decoded URL paths that lead to it. */
  urls: string[];
  /** By its name, without a charset; decides whether it is compressed. */
  contentType: string;
  cacheable: boolean;
  /** The content's hash as the app's own entity tag gives it. */
  hash?: string;
  sourceMapUrl?: string;
  fromFolder?: true;
}
