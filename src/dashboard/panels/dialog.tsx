import { useEffect, useRef } from 'preact/hooks';
import type { Question } from '../model/wishes.ts';

interface DialogProps {
  question: Question | undefined;
  answer: (sure: boolean) => void;
}

/** Asks before something that ends sessions. Escape is no; the focus goes back to where it was. */
export function Dialog({ question, answer }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (question !== undefined) element.current?.showModal();
  }, [question]);
  if (question === undefined) return null;
  const { title, text, yes, danger } = question;
  const end = (sure: boolean): void => {
    element.current?.close();
    answer(sure);
  };
  return (
    <dialog
      ref={element}
      aria-labelledby="question"
      aria-describedby="question-more"
      onClose={() => answer(false)}
    >
      <h2 id="question">{title}</h2>
      <p id="question-more">{text}</p>
      <div class="choices">
        <button type="button" autofocus onClick={() => end(false)}>
          Cancel
        </button>
        <button type="button" class={danger ? 'danger' : 'primary'} onClick={() => end(true)}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
