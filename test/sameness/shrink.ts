import type { Case, Plan, RequestSpec } from './case.ts';
import { comparable, differences, numbersSeen } from './compare.ts';
import { play } from './play.ts';
import type { Finding } from './runner.ts';
import type { Stage } from './stage.ts';
import { bare } from './ways.ts';

/** What one request may be instead; the smaller first. */
function* smallerRequests(request: RequestSpec, stream: boolean): Generator<RequestSpec> {
  if (Object.keys(request.plan).length > 0) yield { ...request, plan: {} };
  for (const key of Object.keys(request.plan) as (keyof Plan)[]) {
    const { [key]: _, ...plan } = request.plan;
    yield { ...request, plan };
  }
  for (let i = 0; i < (request.plan.fields?.length ?? 0); i += 1) {
    yield { ...request, plan: { ...request.plan, fields: request.plan.fields!.toSpliced(i, 1) } };
  }
  if ((request.plan.parts?.join('').length ?? 0) > 1)
    yield { ...request, plan: { ...request.plan, parts: ['y'] } };
  if (request.body !== '' && !stream) {
    const fields = request.fields.filter((line) => !/^(?:content-length|transfer-encoding):/i.test(line));
    yield { ...request, fields, body: '' };
    if (request.body.length > 5)
      yield { ...request, fields: [...fields, 'Content-Length: 5'], body: 'hello' };
  }
  for (let i = 0; i < request.fields.length; i += 1)
    yield { ...request, fields: request.fields.toSpliced(i, 1) };
  const line = request.line.replace(/ \S+ /, ' / ');
  if (line !== request.line) yield { ...request, line };
  if (!request.line.startsWith('GET ')) yield { ...request, line: request.line.replace(/^\S+/, 'GET') };
  if (request.line.endsWith('1.0')) yield { ...request, line: request.line.replace(/0$/, '1') };
}

function* smaller(made: Case): Generator<Case> {
  const { requests, cuts, finish, mode } = made;
  if (requests.length > 1) {
    for (let i = 0; i < requests.length; i += 1) yield { ...made, requests: requests.toSpliced(i, 1) };
  }
  if (cuts.length > 0) yield { ...made, cuts: [] };
  if (finish === 'half-close') yield { ...made, finish: 'next' };
  for (const [i, request] of requests.entries()) {
    for (const less of smallerRequests(request, made.stream !== undefined))
      yield { ...made, requests: requests.with(i, less) };
  }
  if (mode !== 'plain' && finish !== 'upgraded') yield { ...made, mode: 'plain' };
}

/** Whether a case still differs in the same way. */
async function differs(stage: Stage, made: Case, { way, odd }: Finding, kind: string): Promise<boolean> {
  await stage.observer.setMode(made.mode);
  const [one, two] = await Promise.all([play(stage, made, bare, false), play(stage, made, bare, true)]);
  const expected = comparable(one, bare);
  if (JSON.stringify(expected) !== JSON.stringify(comparable(two, bare))) return false;
  const got = comparable(await play(stage, made, way, odd, numbersSeen(expected)), way);
  return differences(expected, got, way, made).some((difference) => difference.kind === kind);
}

/** Makes a case smaller for as long as it differs in this way, at most for `ms`. Nothing else may be played meanwhile. */
export async function shrink(stage: Stage, finding: Finding, kind: string, ms: number): Promise<Case> {
  const end = performance.now() + ms;
  let { made } = finding;
  for (let found = true; found;) {
    found = false;
    for (const candidate of smaller(made)) {
      if (performance.now() > end) return made;
      // oxlint-disable-next-line no-await-in-loop -- each depends on the one before
      if (await differs(stage, candidate, finding, kind).catch(() => false)) {
        made = candidate;
        found = true;
        break;
      }
    }
  }
  return made;
}
