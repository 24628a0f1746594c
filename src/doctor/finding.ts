/** `advice`: it works, and would work better otherwise. */
export type Verdict = 'good' | 'advice' | 'wrong';

/** What a check has found, and what to do about it. */
export interface Judgement {
  verdict: Verdict;
  found: string;
  remedy?: string;
}

export interface Finding extends Judgement {
  check: string;
}

/** Judges facts that others have gathered; `undefined` where there is nothing to judge. */
export type Check<Facts> = (facts: Facts) => Judgement | undefined;

export const good = (found: string): Judgement => ({ verdict: 'good', found });
export const advice = (found: string, remedy: string): Judgement => ({ verdict: 'advice', found, remedy });
export const wrong = (found: string, remedy: string): Judgement => ({ verdict: 'wrong', found, remedy });

export function findings<Facts>(checks: Readonly<Record<string, Check<Facts>>>, facts: Facts): Finding[] {
  return Object.entries(checks).flatMap(([check, judge]) => {
    const judgement = judge(facts);
    return judgement === undefined ? [] : [{ check, ...judgement }];
  });
}
