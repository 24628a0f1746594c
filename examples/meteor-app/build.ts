import { parseArgs } from 'node:util';
import { buildBundle } from './build/bundle.ts';

const usage = 'usage: npm run example -- OUT [--release LABEL] [--node VERSION] [--install]';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    release: { type: 'string', default: 'v1' },
    node: { type: 'string', default: '20.20.2' },
    install: { type: 'boolean', default: false },
  },
});
const [out] = positionals;
if (out === undefined || positionals.length > 1) {
  console.error(usage);
  process.exitCode = 2;
} else {
  await buildBundle({ out, ...values });
  console.log(`Release ${values.release} of the example app is in ${out}`);
}
