// What the WebAssembly core draws and binds with: the templates and locale packs of the npm package. They come with this
// application, not with the server's answers.
import { loadTransactions } from '/countersign/transaction.js';

export const TRANSFER = 'payment.credit-transfer/1';
export const BATCH = 'payment.batch/1';

/** In their own languages; `review` and `currency` are the two words of the form that no template has. */
export const LANGUAGES = {
  'en-GB': { name: 'English (UK)', review: 'Check and approve', currency: 'Currency' },
  'en-US': { name: 'English (US)', review: 'Check and approve', currency: 'Currency' },
  'en-IN': { name: 'English (India)', review: 'Check and approve', currency: 'Currency' },
  'de-DE': { name: 'Deutsch (Deutschland)', review: 'Prüfen und freigeben', currency: 'Währung' },
  'de-CH': { name: 'Deutsch (Schweiz)', review: 'Prüfen und freigeben', currency: 'Währung' },
  'fr-FR': { name: 'Français', review: 'Vérifier et approuver', currency: 'Devise' },
  'it-IT': { name: 'Italiano', review: 'Controlla e approva', currency: 'Valuta' },
  'es-ES': { name: 'Español', review: 'Revisar y aprobar', currency: 'Moneda' },
  'nl-NL': { name: 'Nederlands', review: 'Controleren en goedkeuren', currency: 'Valuta' },
  'pl-PL': { name: 'Polski', review: 'Sprawdź i zatwierdź', currency: 'Waluta' },
  'pt-BR': { name: 'Português (Brasil)', review: 'Conferir e aprovar', currency: 'Moeda' },
  'ja-JP': { name: '日本語', review: '確認して承認', currency: '通貨' },
  ar: { name: 'العربية', review: 'مراجعة وموافقة', currency: 'العملة' },
};

export const directionOf = (language) => (language === 'ar' ? 'rtl' : 'ltr');

export const transactions = loadTransactions(new URL('/countersign/countersign-transaction.wasm', location.href));
transactions.catch(() => {});

async function fetched(path) {
  const response = await fetch(path);
  if (!response.ok) {
    throw new Error(`${path}: ${response.status}`);
  }
  return response.text();
}

const loaded = new Map(); // the promise of each document that was asked for

function once(path, load) {
  if (!loaded.has(path)) {
    loaded.set(path, fetched(path).then(async (text) => load(await transactions, text, await digests)));
  }
  return loaded.get(path);
}

// The digests that this application pins: the module takes no other document, whoever sends one.
const digests = fetched('/countersign/digests.json').then(JSON.parse);
digests.catch(() => {});

/** `{template, texts}`: its digest, and what it says in each language. */
export function templateOf(type) {
  return once(`/countersign/templates/${type.replace(/\/\d+$/, '')}.json`, (core, text, { templates }) => ({
    template: core.loadTemplate(text, templates[type]).template,
    texts: JSON.parse(text).locales,
  }));
}

/** The digest of a locale pack. */
export function localeOf(language) {
  return once(`/countersign/locales/${language}.json`, (core, text, { locales }) => core.loadLocale(text, locales[language]).locale);
}

/** What `confirmTransaction` and `render` need of both. */
export async function documentsOf(type, language) {
  const [{ template }, locale] = await Promise.all([templateOf(type), localeOf(language)]);
  return { template, locale };
}
