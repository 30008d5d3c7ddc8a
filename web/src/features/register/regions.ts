import type { Language } from '../../messages/language';

type Country = 'CA' | 'US';

/** The provinces and territories or the states of a country, in the order of the alphabet. */
export function regions(country: Country, language: Language): { value: string; label: string }[] {
  return names[language][country].split('|').map((entry) => ({ value: entry.slice(0, 2), label: entry.slice(3) }));
}

/** Code first. */
const en: Record<Country, string> = {
  CA:
    'AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|' +
    'NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Québec|SK Saskatchewan|YT Yukon',
  US:
    'AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|' +
    'DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|' +
    'KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|' +
    'MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|' +
    'NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|PR Puerto Rico|' +
    'RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|' +
    'WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming',
};

const fr: Record<Country, string> = {
  CA:
    'AB Alberta|BC Colombie-Britannique|PE Île-du-Prince-Édouard|MB Manitoba|NB Nouveau-Brunswick|' +
    'NS Nouvelle-Écosse|NU Nunavut|ON Ontario|QC Québec|SK Saskatchewan|NL Terre-Neuve-et-Labrador|' +
    'NT Territoires du Nord-Ouest|YT Yukon',
  US:
    'AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA Californie|NC Caroline du Nord|SC Caroline du Sud|' +
    'CO Colorado|CT Connecticut|ND Dakota du Nord|SD Dakota du Sud|DE Delaware|DC District de Columbia|' +
    'FL Floride|GA Géorgie|HI Hawaï|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiane|' +
    'ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|' +
    'NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NY New York|NM Nouveau-Mexique|OH Ohio|OK Oklahoma|' +
    'OR Oregon|PA Pennsylvanie|PR Porto Rico|RI Rhode Island|TN Tennessee|TX Texas|UT Utah|VT Vermont|' +
    'VA Virginie|WV Virginie-Occidentale|WA Washington|WI Wisconsin|WY Wyoming',
};

const names: Record<Language, Record<Country, string>> = { en, fr };
