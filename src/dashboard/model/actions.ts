/** What an action that went wrong says. */
export interface Failure {
  message: string;
  remedy: string;
}

/** Asks the app for something; resolves when it is done, with undefined or with what went wrong. */
export async function act(name: string, input: unknown): Promise<Failure | undefined> {
  try {
    const answer = await fetch(`/actions/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    if (answer.ok) return undefined;
    if (answer.status === 401) window.location.reload();
    const text = await answer.text();
    return failureIn(text) ?? { message: text.trim() || answer.statusText, remedy: '' };
  } catch {
    return {
      message: 'The connection was lost before the answer came',
      remedy: 'What was asked for may go on: the page shows it.',
    };
  }
}

function failureIn(text: string): Failure | undefined {
  try {
    return (JSON.parse(text) as { error?: Failure }).error;
  } catch {
    return undefined;
  }
}
