import net from 'node:net';

/** Ranges of addresses, as `10.0.0.0/8`; `unix` is whoever comes over a UNIX socket. */
export class Networks {
  readonly #list: net.BlockList | undefined;
  readonly #unix: boolean;

  /** `tell` hears why nobody is trusted. */
  constructor(ranges: readonly string[], tell: (text: string) => void = () => {}) {
    this.#unix = ranges.includes('unix');
    const ofAddresses = ranges.filter((range) => range !== 'unix');
    if (ofAddresses.length === 0) return;
    if (typeof net.BlockList !== 'function') {
      tell(
        `this Node (${process.version}) is too old to tell by address who is trusted; 14.18 can: nobody is`,
      );
      return;
    }
    this.#list = new net.BlockList();
    for (const range of ofAddresses) {
      const [address, length] = range.split('/') as [string, string];
      this.#list.addSubnet(address, Number(length), familyOf(address));
    }
  }

  has(address: string | undefined): boolean {
    if (address === undefined) return this.#unix;
    return this.#list?.check(address, familyOf(address)) ?? false;
  }
}

const familyOf = (address: string): net.IPVersion => (address.includes(':') ? 'ipv6' : 'ipv4');
