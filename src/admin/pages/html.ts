const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for HTML, in elements and in attributes with double quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character]!);

/** A document of the admin server, with what all of them have in their head. */
export const documentOf = (title: string, head: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
${head}</head>
${body}
</html>
`;
