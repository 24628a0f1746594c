export const greeting = 'loaded late, from release __RELEASE__';
