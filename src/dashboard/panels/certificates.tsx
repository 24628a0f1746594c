import { parseDate } from '../../common/dates.ts';
import type { CertificateStatus } from '../../running/status.ts';
import { day, moment } from '../elements/text.ts';

const dayMs = 86_400_000;

/** What HTTPS is served with, until when, and why there is nothing newer. */
export function Certificates({ all, at }: { all: readonly CertificateStatus[]; at: number }) {
  return (
    <section class="panel certificates" aria-labelledby="certificates-title">
      <header>
        <h2 id="certificates-title">Certificates</h2>
      </header>
      <ul class="list">
        {all.map((certificate, i) => (
          <Certificate key={i} certificate={certificate} at={at} />
        ))}
      </ul>
    </section>
  );
}

function Certificate({ certificate, at }: { certificate: CertificateStatus; at: number }) {
  const { names, problem, renewal } = certificate;
  const failure = renewal?.lastFailure;
  return (
    <li>
      <span class="about">
        <span class="what" title={names.join(', ')}>
          {names.join(', ')} <Validity certificate={certificate} at={at} />
        </span>
        <span class="how">{factsOf(certificate, at).join(' · ')}</span>
        {problem && <span class="reason">what is there now is not served: {problem}</span>}
        {failure && (
          <span class="reason">
            no new one at {moment(parseDate(failure.at), at)}: {failure.reason}
          </span>
        )}
      </span>
    </li>
  );
}

function Validity({
  certificate: { expires, expiresSoon },
  at,
}: {
  certificate: CertificateStatus;
  at: number;
}) {
  if (expires === null) return <span class="state busy">none yet</span>;
  if (parseDate(expires) <= at) return <span class="state bad">expired</span>;
  return expiresSoon ? <span class="state busy">expires soon</span> : <span class="state good">valid</span>;
}

function factsOf({ expires, issuer, file, renewal }: CertificateStatus, at: number): string[] {
  const next = renewal === undefined ? NaN : parseDate(renewal.next);
  return [
    ...(expires === null ? [] : [`until ${day(parseDate(expires))}`]),
    ...(issuer === null ? [] : [`by ${issuer}`]),
    ...(file === undefined ? [] : [`from ${file}`]),
    ...(renewal === undefined
      ? []
      : [`asked for next ${next - at < dayMs ? `at ${moment(next, at)}` : day(next)}`]),
  ];
}
