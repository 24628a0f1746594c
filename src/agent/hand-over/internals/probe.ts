type Kind = 'function' | 'map' | 'array' | 'object' | 'string' | 'boolean' | 'number';

const is = (value: unknown, kind: Kind): boolean => {
  if (kind === 'map') return value instanceof Map;
  if (kind === 'array') return Array.isArray(value);
  if (kind === 'object') return typeof value === 'object' && value !== null;
  return typeof value === kind;
};

/** What `value` lacks of the names that are used of it, as `where.name`. */
export function lacking(where: string, value: unknown, names: Record<string, Kind>): string[] {
  if (!is(value, 'object')) return [where];
  return Object.entries(names)
    .filter(([name, kind]) => !is((value as Record<string, unknown>)[name], kind))
    .map(([name]) => `${where}.${name}`);
}
