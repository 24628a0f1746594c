import assert from 'node:assert/strict';
import test from 'node:test';
import { expositionOf, samplesOf } from './exposition.ts';

test('a counter with labels, its help and labels escaped', () => {
  const text = expositionOf([
    {
      name: 'a_total',
      help: 'one\ntwo \\ "three"',
      kind: 'counter',
      samples: samplesOf('a_total', { kind: 'counter' }, [['path', 'C:\\ "x"\n']], [3]),
    },
    { name: 'b', help: 'no samples', kind: 'gauge', samples: [] },
    { name: 'c', help: 'c', kind: 'gauge', samples: [{ name: 'c', labels: [], value: -Infinity }] },
  ]);
  assert.equal(
    text,
    '# HELP a_total one\\ntwo \\\\ "three"\n# TYPE a_total counter\na_total{path="C:\\\\ \\"x\\"\\n"} 3\n' +
      '# HELP c c\n# TYPE c gauge\nc -Inf\n',
  );
});

test('the buckets of a histogram are cumulated', () => {
  const metric = { kind: 'histogram', buckets: [0.1, 1] } as const;
  const samples = samplesOf('d_seconds', metric, [['slot', '1']], [2, 3, 1, 4.5]);
  assert.deepEqual(
    samples.map(({ name, labels, value }) => `${name}${labels.map(([, of]) => ` ${of}`).join('')}: ${value}`),
    [
      'd_seconds_bucket 1 0.1: 2',
      'd_seconds_bucket 1 1: 5',
      'd_seconds_bucket 1 +Inf: 6',
      'd_seconds_sum 1: 4.5',
      'd_seconds_count 1: 6',
    ],
  );
});
