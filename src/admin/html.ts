const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for HTML, in elements and in attributes with double quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character]!);
