export { defineConfig } from './config/define.ts';
export type { ConfigExport } from './config/define.ts';
export type { UserConfig } from './config/options.ts';
