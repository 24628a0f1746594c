import { Networks } from '../../protocol/networks.ts';
import { tell } from '../runtime/tell.ts';

/** Who is trusted, by ranges of addresses; the operator hears why where that is nobody. */
export const networksOf = (ranges: readonly string[]): Networks => new Networks(ranges, tell);
