const made = '<!-- Made by `node scripts/docs.ts`: change the table in the code, then run that. -->';

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The lines of a table. */
export function markdownTable(head: string[], rows: string[][]): string[] {
  return [tableLine(head), tableLine(head.map(() => '---')), ...rows.map(tableLine)];
}

/** The text of a page that is made. */
export function page(title: string, ...lines: string[]): string {
  return `${[title, '', made, '', ...lines].join('\n').trimEnd()}\n`;
}
