/** Major, minor and patch of a released version; undefined for pre-releases such as "4.0.0-rc.1". */
export function parseVersion(text: string): [number, number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(text.trim());
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

/** The same of a Node that runs: a nightly build counts as the release that it becomes; zeros for what is none. */
export const nodeVersionParts = (version: string): [number, number, number] =>
  parseVersion(version.split('-')[0]!) ?? [0, 0, 0];

/** Whether a version is `first` or a later one; parts that `first` does not name do not count. */
export function reaches(version: readonly number[], first: readonly number[]): boolean {
  const differs = first.findIndex((part, i) => part !== version[i]);
  return differs < 0 || version[differs]! > first[differs]!;
}
