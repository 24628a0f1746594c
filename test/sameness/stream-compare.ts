import type { Comparable } from './compare.ts';

type Fields = [string, string][];
type One = Comparable['answers'][0];

/** Fields of one HTTP/1.1 connection (RFC 9113, 8.2.2). */
const ofOneHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

const lower = (fields: Fields): Fields => fields.map(([name, value]) => [name.toLowerCase(), value]);

/** Node sends no status above 599; to a client they mean the same as 500 (RFC 9110, 15). */
const statusOf = (status: unknown): string =>
  `HTTP/2 ${String(status).split(' ')[1]}`.replace(/ [6-9]..$/, ' 500');

/** Node sends nothing behind these heads, and they have no body (RFC 9110, 15.3.5 and 15.3.6). */
const isBodiless = (status: string): boolean => status === 'HTTP/2 204' || status === 'HTTP/2 205';

/** Node sends these once only; the first counts, as for its HTTP/1.1 client. */
const once = new Set(
  (
    'age content-encoding content-language content-length content-location content-md5 content-range content-type ' +
    'etag expires last-modified location retry-after'
  ).split(' '),
);

/** Of fields with several names only the order of each name's counts (RFC 9110, 5.3). */
const byName = (fields: Fields): Fields => {
  const order = [...new Set(fields.map(([name]) => name))];
  return order.flatMap((name) => fields.filter(([other]) => other === name));
};

function fieldsIn(answer: One, status: string): Fields {
  return byName(lower(answer.headers as Fields))
    .filter(
      ([name]) =>
        name !== 'date' && !ofOneHop.has(name) && !(name === 'content-length' && isBodiless(status)),
    )
    .filter(([name], at, all) => !once.has(name) || all.findIndex(([other]) => other === name) === at);
}

const informationalIn = (text: string): string => {
  const [line, ...lines] = text.split('\r\n');
  const fields = lines.map(
    (field) => field.slice(0, field.indexOf(':')).toLowerCase() + field.slice(field.indexOf(':')),
  );
  return [statusOf(line), ...fields].join('\r\n');
};

/** How much of an answer that was cut has come is chance, and the framing of the rest is lost. */
const bodyIn = ({ body, cut }: One): unknown => (cut ? 'cut' : body);

/** An answer of HTTP/1.1 as it must look in HTTP/2: neither reason nor framing. */
function answerIn(answer: One): One {
  const status = statusOf(answer.status);
  return {
    ...answer,
    status,
    headers: fieldsIn(answer, status),
    body: isBodiless(status) ? '' : bodyIn(answer),
    trailers: isBodiless(status) ? [] : lower(answer.trailers as Fields),
    cut: answer.cut === true && !isBodiless(status),
    informational: (answer.informational as string[]).map(informationalIn),
  };
}

/** Several fields of a name are one list, and the order of names means nothing (RFC 9110, 5.3). Framing is the gateway's. */
function sawIn(saw: Comparable['saw'][0]): Comparable['saw'][0] {
  const raw = saw.rawHeaders as string[];
  const fields = new Map<string, string>();
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [raw[i]!.toLowerCase(), raw[i + 1]!];
    if (ofOneHop.has(name) || (name === 'content-length' && value === '0')) continue;
    fields.set(name, fields.has(name) ? `${fields.get(name)}, ${value}` : value);
  }
  const trailers = (saw.trailers as string[] | undefined)?.map((text, i) =>
    i % 2 === 0 ? text.toLowerCase() : text,
  );
  const rawHeaders = [...fields].toSorted(([a], [b]) => (a < b ? -1 : 1)).flat();
  return { ...saw, trailers, rawHeaders };
}

/** What the bare app did with the request in HTTP/1.1, as HTTP/2 must show it. A stream ends with its one answer. */
export function inHttp2({ answers, saw, open }: Comparable): Comparable {
  const [first] = answers;
  const answer = first && answerIn(first);
  const isWhole = answer !== undefined && answer.cut !== true;
  return {
    answers: answer === undefined ? [] : [answer],
    rest: '',
    end: isWhole ? 'open' : 'reset',
    saw: saw.filter(({ number }) => number !== 'next').map(sawIn),
    open,
  };
}

/** The same of what came in HTTP/2. */
export const ofHttp2 = (outcome: Comparable): Comparable => ({
  ...outcome,
  answers: outcome.answers.map((answer) => ({
    ...answer,
    headers: fieldsIn(answer, String(answer.status)),
    body: bodyIn(answer),
  })),
  saw: outcome.saw.map(sawIn),
});
