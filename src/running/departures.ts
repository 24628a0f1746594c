/** What became of the clients of workers that emptied. */
export interface Departures {
  /** Live sessions that went on in another worker. */
  handedOver: number;
  /** Clients that were told to connect anew, by the reason: the words are those of protocol/refusals.ts. */
  reconnected: Record<string, number>;
}
