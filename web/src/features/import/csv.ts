// Like the server's: behind leading blanks too, which some programs drop, and in
// full-width forms.
const formula = /^(?:[\t\r\n]|[ \u00A0\u3000]*[=+\-@\t\r\n＝＋－＠\uFE62\uFE63\uFE66\uFE6B\u2212])/;

/**
 * One CSV cell. A cell that a spreadsheet would run as a formula gets a quote
 * in front, because the text of a rejected row comes from somebody else's file.
 */
export function csvCell(value: string): string {
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(rows: string[][]): string {
  // The mark at the start tells Excel that the file is UTF-8.
  return `\uFEFF${rows.map((r) => r.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

/** Hands a text made here to the browser's downloads. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Five invented people with numbers that are kept free for examples. */
export const sampleCsv = toCsv([
  ['name', 'phone', 'language', 'time_zone', 'tags'],
  ['Dana Roy', '416-555-0101', 'en', 'America/Toronto', 'plant;day shift'],
  ['Élise Gagné', '514-555-0102', 'fr', 'America/Montreal', 'office'],
  ['Sam Okafor', '604-555-0103', 'en', '', 'plant;night shift'],
  ['Noor Haddad', '902-555-0104', 'en', 'America/Halifax', ''],
  ['Luc Tremblay', '418-555-0105', 'fr', '', 'drivers'],
]);
