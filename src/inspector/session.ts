/** One connection to the inspector of a Node process: the Chrome DevTools Protocol over a WebSocket. */
export class InspectorSession {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #listeners = new Map<string, (params: never) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(String(data)));
    socket.addEventListener('close', () => {
      for (const answer of this.#answers.values()) answer.reject(new Error('the inspector closed'));
    });
  }

  /** Rejects when nobody answers at `url`. */
  static async open(url: string): Promise<InspectorSession> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error('no inspector answers')), { once: true });
    });
    return new InspectorSession(socket);
  }

  /** Calls `listener` with the parameters of each event of this name. */
  on(event: string, listener: (params: never) => void): void {
    this.#listeners.set(event, listener);
  }

  /** Rejects with the inspector's words when it refuses, and when the connection ends. */
  call(method: string, params: object = {}): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#lastId += 1;
    this.#answers.set(this.#lastId, answer);
    this.#socket.send(JSON.stringify({ id: this.#lastId, method, params }));
    return answer.promise;
  }

  #receive(text: string): void {
    const { id, result, error, method, params } = JSON.parse(text) as {
      id?: number;
      result?: unknown;
      error?: { message: string };
      method?: string;
      params?: never;
    };
    if (id === undefined) {
      this.#listeners.get(method!)?.(params!);
      return;
    }
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (error === undefined) answer?.resolve(result);
    else answer?.reject(new Error(error.message));
  }
}
