export { defineConfig } from './config/options/define.ts';
export type { ConfigExport } from './config/options/define.ts';
export type { UserConfig } from './config/options/options.ts';
