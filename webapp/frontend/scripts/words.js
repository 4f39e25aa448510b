// The reader's words for what the scripts say. English stands in the code; the page carries the others it needs.
const known = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const plurals = new Intl.PluralRules(document.documentElement.lang);

// `{name}` in the text is replaced by `values.name`.
export const _ = (text, values) => fill(known[text] ?? text, values);

// One or several: the catalogue's first form is for one.
export const _n = (one, many, number) => fill((known[one] ?? [one, many])[plurals.select(number) === "one" ? 0 : 1], { number });

const fill = (text, values = {}) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
