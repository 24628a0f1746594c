// Builds what runs into `dist`: node scripts/build/main.ts
import { buildAll } from './bundles.ts';

await buildAll();
