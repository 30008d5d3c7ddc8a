const format = new Intl.NumberFormat('fr-CA');

export const number = (n: number): string => format.format(n);

/** A number with its noun. In French zero is singular too. */
export const count = (n: number, one: string, many = `${one}s`): string => `${number(n)} ${n < 2 ? one : many}`;

export const people = (n: number): string => count(n, 'personne');

/** “de” before a name, shortened before a vowel. */
export const de = (name: string): string => (/^[aeiouàâäéèêëîïôöùûü]/i.test(name) ? `d’${name}` : `de ${name}`);
