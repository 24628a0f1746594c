const groupCount = 8;

/**
 * What a client is counted by: an IPv4 address, or the first 64 bits of an IPv6 address, since whoever has one of these
 * has all of its /64 (RFC 6177, 2; RFC 7421). An IPv4 address in an IPv6 one (RFC 4291, 2.5.5.2) is that address.
 */
export function clientPrefix(address: string): string {
  if (!address.includes(':')) return address;
  const groups = groupsOf(address.split('%')[0]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.');
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of an IPv6 address, which may be shortened by `::` or end in an IPv4 address. */
function groupsOf(address: string): number[] {
  const [left, right] = address.split('::') as [string, string?];
  const head = numbers(left);
  const tail = right === undefined ? [] : numbers(right);
  const zeros = Array<number>(Math.max(0, groupCount - head.length - tail.length)).fill(0);
  return [...head, ...zeros, ...tail];
}

const numbers = (text: string): number[] =>
  text
    .split(':')
    .filter((part) => part !== '')
    .flatMap((part) => {
      if (!part.includes('.')) return [Number.parseInt(part, 16)];
      const [a, b, c, d] = part.split('.').map(Number) as [number, number, number, number];
      return [(a << 8) | b, (c << 8) | d];
    });
