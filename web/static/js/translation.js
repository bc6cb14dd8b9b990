// Translations of the sentences in scripts. base.html writes them into the page as JSON, as
// { sentence: translation } or { singular: [singular, plural] }. English needs none.

const element = document.getElementById("translations");
const translations = element ? JSON.parse(element.textContent) : {};

const filled = (message, values) => message.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

export const gettext = (message, values = {}) => filled(translations[message] ?? message, values);

export const ngettext = (one, many, number, values = {}) => {
  const form = new Intl.PluralRules(document.documentElement.lang).select(number) === "one" ? 0 : 1;
  return filled((translations[one] ?? [one, many])[form], { num: number, ...values });
};
