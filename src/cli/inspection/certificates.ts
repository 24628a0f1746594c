import { epochMs, parseDate } from '../../common/dates.ts';
import type { CertificateStatus } from '../../running/status.ts';
import type { Terminal } from '../output/terminal.ts';
import { clock, table } from '../output/text.ts';

const none = 'none yet';

/** Where it comes from: a file, or the host of an authority's directory. */
const sourceOf = ({ file, renewal }: CertificateStatus): string =>
  file ?? (renewal ? `ACME, ${new URL(renewal.directory).host}` : '-');

function untilOf({ expires, expiresSoon }: CertificateStatus, terminal: Terminal): string {
  if (expires === null) return terminal.style('yellow', none);
  if (parseDate(expires) <= epochMs()) return terminal.style('red', `${clock(expires)} (expired)`);
  return expiresSoon ? terminal.style('yellow', `${clock(expires)} (soon)`) : clock(expires);
}

function failureLines({ names, problem, renewal }: CertificateStatus, terminal: Terminal): string[] {
  if (problem !== undefined) return [terminal.style('yellow', `what is there now is not served: ${problem}`)];
  if (!renewal?.lastFailure) return [];
  const { at, reason } = renewal.lastFailure;
  return [terminal.style('yellow', `no new certificate for ${names.join(', ')} at ${clock(at)}: ${reason}`)];
}

/** For `tls`: a row for each, and below them why there is no newer one. */
export function certificateTable(certificates: readonly CertificateStatus[], terminal: Terminal): string[] {
  const rows = certificates.map((each) => [
    each.names.join(' '),
    each.issuer ?? '-',
    untilOf(each, terminal),
    each.renewal ? clock(each.renewal.next) : '-',
    sourceOf(each),
  ]);
  const head = ['certificate for', 'issued by', 'expires', 'asked for next', 'from'];
  return [
    ...table(head, rows, terminal.columns),
    ...certificates.flatMap((each) => failureLines(each, terminal)),
  ];
}

/** For `status`. */
export function certificateLines(certificates: readonly CertificateStatus[], terminal: Terminal): string[] {
  return certificates.flatMap((each) => {
    const { names, expires, issuer, renewal } = each;
    const until = expires === null ? '' : 'until ';
    const by = issuer === null ? '' : `, by ${issuer}`;
    const next = renewal
      ? `; the authority is asked next at ${clock(renewal.next)}`
      : `; from ${sourceOf(each)}`;
    return [
      `certificate for ${names.join(', ')}: ${until}${untilOf(each, terminal)}${by}${next}`,
      ...failureLines(each, terminal),
    ];
  });
}
