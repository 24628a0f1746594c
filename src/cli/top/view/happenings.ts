import { dateAt } from '../../../common/dates.ts';
import { eventText, isBad } from '../../../history/text.ts';
import type { FleetEvent } from '../../../running/events.ts';
import type { Glyphs } from '../drawing/glyphs.ts';
import type { Line, Style } from '../drawing/line.ts';
import { harmless } from '../drawing/width.ts';

/** The pane of events: the newest at the bottom. */
export function happeningLines(
  events: readonly FleetEvent[],
  height: number,
  columns: number,
  glyphs: Glyphs,
): Line[] {
  const lines = events.slice(1 - height).map((event): Line => {
    // The first line: a reason may bring an app's last words along.
    const [text = ''] = eventText(event).split('\n', 1);
    return [
      { text: `${clock(event.time)}  `, style: 'dim' },
      { text: harmless(text), style: styleOf(event) },
    ];
  });
  const title = `${glyphs.rule.repeat(2)} events `;
  const rule = title + glyphs.rule.repeat(Math.max(0, columns - title.length));
  return [[{ text: rule, style: 'dim' }], ...lines];
}

function styleOf(event: FleetEvent): Style | undefined {
  if (isBad(event)) return 'red';
  if (event.type === 'rollout') return 'cyan';
  return event.type === 'ready' ? 'green' : undefined;
}

function clock(time: number): string {
  return dateAt(time).toTimeString().slice(0, 8);
}
