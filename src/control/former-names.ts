/** What operations and their verbs were called before. */
const formerNames: Readonly<Record<string, string>> = { drain: 'replace' };

/** A page that was open while Radiant was upgraded, or a script, may still use a former name. */
export const presentName = (name: string): string =>
  Object.hasOwn(formerNames, name) ? formerNames[name]! : name;
