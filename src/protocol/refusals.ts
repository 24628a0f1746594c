/**
 * Why a client had to connect anew where a worker emptied, in the words that summaries, events, `status` and metrics use. A peer
 * or a worker may be of another version, or not honest: what is none of these is another reason.
 */
export const refusals = [
  // The app
  'handing over is off',
  'the app keeps it',
  'the app does not take it',
  "the app's onHandOver failed",
  "the app's onHandOver did not answer",
  'the app sends for itself',
  'a method waits for the end of its connection',
  'a method keeps something on its connection',
  'a method or publication takes too long',
  'a collection without history',
  'state over 1 MB',
  'no session of Meteor',
  // The client
  'its client has gone',
  'its client does not read',
  'its client is never between two messages',
  // The connection
  'TLS in the worker',
  'another transport',
  'an unknown extension',
  'its WebSocket was not seen from its beginning',
  'its WebSocket was negotiated in another way',
  // The packages
  'Meteor is not as expected',
  'SockJS is not as expected',
  'its WebSocket is not as expected',
  // The other worker
  'no worker takes it',
  'the other worker has gone',
  'the other worker did not answer',
  'its connection could not be moved',
  'its connection has ended',
  // Time
  'the deadline came first',
  'a fault of Radiant',
  'another reason',
] as const;

export type Refusal = (typeof refusals)[number];

export const refusalFrom = (text: unknown): Refusal =>
  refusals.find((refusal) => refusal === text) ?? 'another reason';
