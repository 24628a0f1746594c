// Draws which room of `src` knows which, for docs/how-it-works.md: node scripts/rooms/draw.ts
import { writeFileSync } from 'node:fs';
import { ofParts, pictureOf, roomsOf, type View } from './picture.ts';

export const pictures: Record<string, View> = {
  'docs/images/rooms.svg': ofParts,
  'docs/images/rooms-agent.svg': roomsOf('agent'),
  'docs/images/rooms-supervisor.svg': roomsOf('supervisor'),
};

if (import.meta.main)
  for (const [file, view] of Object.entries(pictures)) writeFileSync(file, pictureOf(view));
