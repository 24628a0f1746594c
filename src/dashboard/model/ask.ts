import { useRef, useState } from 'preact/hooks';
import { act } from './actions.ts';
import type { Question, Wish } from './wishes.ts';

/** What is said of an action. */
export interface Note {
  id: number;
  tone: 'good' | 'bad' | 'busy';
  text: string;
  more: string;
}

/** Asks the app for something, or the operator first. */
export type Ask = (what: Wish | Question) => void;

const shownMs = 6_000;

/** The question that is open, what was said of the last actions, and the way to ask. */
export function useAsk() {
  const [question, setQuestion] = useState<Question>();
  const [notes, setNotes] = useState<Note[]>([]);
  const lastNote = useRef(0);
  const dismiss = (id: number): void => setNotes((all) => all.filter((note) => note.id !== id));

  const run = async ({ action, input, doing, done }: Wish): Promise<void> => {
    const id = (lastNote.current += 1);
    const say = (tone: Note['tone'], text: string, more = ''): void =>
      setNotes((all) => [...all.filter((note) => note.id !== id), { id, tone, text, more }]);
    say('busy', doing);
    const failure = await act(action, input);
    if (failure !== undefined) say('bad', failure.message, failure.remedy);
    else {
      say('good', done);
      window.setTimeout(() => dismiss(id), shownMs);
    }
  };

  const ask: Ask = (what) => {
    if ('wish' in what) setQuestion(what);
    else void run(what);
  };
  const answer = (sure: boolean): void => {
    setQuestion(undefined);
    if (sure && question !== undefined) void run(question.wish);
  };
  return { ask, question, answer, notes, dismiss };
}
