import type { ServerResponse } from 'node:http';
import { epochMs } from '../common/dates.ts';
import type { FleetEvent } from '../running/events.ts';
import type { EventLog } from './event-log.ts';

/** Output beyond this waits in the supervisor's memory for a reader that has stopped reading: it is left out instead. */
const maxBuffered = 1 << 20;

/** Writes events as newline-delimited JSON until the reader goes away or the server closes. */
export function streamEvents(log: EventLog, since: number, response: ServerResponse): void {
  let skipped = 0;
  const type = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' };
  response.writeHead(200, { ...type, connection: 'close' });
  response.flushHeaders();
  const write = (event: FleetEvent): void => {
    response.write(`${JSON.stringify(event)}\n`);
  };
  const stop = log.follow(since, (event) => {
    if (event.type === 'output' && response.writableLength > maxBuffered) skipped += 1;
    else write(event);
  });
  response.on('drain', () => {
    if (skipped === 0) return;
    const text = `${skipped} lines of output were left out: they came faster than they were read`;
    write({ time: epochMs(), type: 'notice', slot: 0, text });
    skipped = 0;
  });
  response.on('close', stop);
}
