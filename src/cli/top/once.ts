import { setTimeout as delay } from 'node:timers/promises';
import type { Control } from '../../control/client.ts';
import type { Terminal } from '../output/terminal.ts';
import { Feed } from './feed.ts';
import type { Glyphs } from './drawing/glyphs.ts';
import { text } from './drawing/line.ts';
import { beginning, sampled } from './model/state.ts';
import { snapshot } from './view/view.ts';

/** Where nobody says how wide a line may be. */
const usualColumns = 100;
/** Agents report each second: a shorter look might see no request. */
const lookMs = 1100;

/** Prints what the screen would show, in plain text. Errors: those of `status`. */
export async function printOnce(control: Control, terminal: Terminal, glyphs: Glyphs): Promise<void> {
  const feed = new Feed(control);
  const before = beginning(await feed.look());
  await delay(lookMs);
  const sample = await feed.look();
  const columns = Number.isFinite(terminal.columns) ? terminal.columns : usualColumns;
  const lines = snapshot(sampled(before, sample), columns, glyphs, sample.at);
  for (const line of lines) terminal.print(text(line).trimEnd());
}
