import type { TimelineMarkKind } from '../../admin/live/wire.ts';

interface Look {
  /** The variable of its colour. */
  colour: string;
  /** The stronger one stands for marks that are too close to each other. */
  weight: number;
  /** A shape in a square of 16: kinds differ by it, not by colour alone. */
  shape: string;
}

export const looks: Record<TimelineMarkKind, Look> = {
  crash: { colour: '--bad', weight: 8, shape: 'M4.5 4.5l7 7M11.5 4.5l-7 7' },
  hang: { colour: '--bad', weight: 7, shape: 'M6 4.5v7M10 4.5v7' },
  recovery: {
    colour: '--bad',
    weight: 6,
    shape: 'M6.5 4.5 3.5 7.5l3 3M3.5 7.5h6a2.5 2.5 0 0 1 0 5H8',
  },
  warning: { colour: '--busy', weight: 5, shape: 'M8 3.5v5.5M8 12v.5' },
  memory: { colour: '--busy', weight: 4, shape: 'M4 12V8M8 12V4M12 12V6' },
  deploy: { colour: '--accent', weight: 3, shape: 'M8 12.5v-9M4.5 7 8 3.5 11.5 7' },
  restart: {
    colour: '--accent',
    weight: 2,
    shape: 'M12 6.5A4.5 4.5 0 1 0 12.5 9M12.3 3.5v3.2H9.1',
  },
  scale: { colour: '--accent', weight: 2, shape: 'M5 6.5 8 3.5l3 3M5 9.5l3 3 3-3' },
  supervisor: { colour: '--muted', weight: 1, shape: 'M5.5 4.5v7l5.5-3.5z' },
};

export function Glyph({ kind }: { kind: TimelineMarkKind }) {
  const { colour, shape } = looks[kind];
  return (
    <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true" style={{ color: `var(${colour})` }}>
      <path d={shape} />
    </svg>
  );
}
