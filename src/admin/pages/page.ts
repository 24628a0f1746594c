import { documentOf, escaped } from './html.ts';

/** The document that the built page fills. */
export function page(name: string): string {
  return documentOf(
    escaped(name),
    '<script type="module" src="/page.js"></script>\n',
    `<body>
<div id="page"></div>
<noscript>This page needs JavaScript. \`radiant status\` shows the same.</noscript>
</body>`,
  );
}
