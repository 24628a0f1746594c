export { defineConfig } from './config/options/define.ts';
export type { AppConnection, HandOverCallbacks, InApp } from './common/in-app.ts';
export type { ConfigExport } from './config/options/define.ts';
export type { UserConfig } from './config/options/options.ts';
