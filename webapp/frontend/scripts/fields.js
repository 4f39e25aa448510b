// The text being written, in whichever field it stands: rich (a block one edits), or plain (a textarea).
// Whoever puts words in does it as if they were typed: they can be undone, and whoever listens hears of them.

export const richOf = (form) => form?.querySelector("[data-rich]");
export const isRich = (form) => Boolean(richOf(form) && !richOf(form).hidden);
export const fieldOf = (form) => (isRich(form) ? richOf(form) : form?.elements.body);
export const formNamed = (mode) => document.getElementById(`${mode}-form`);
export const isField = (element) => Boolean(element?.matches?.("[data-rich], .writing textarea"));
export const textOf = (field) => (field.matches("textarea") ? field.value : field.innerText.replace(/\n$/, ""));

// The caret of a rich field; null where it stands elsewhere, or words are chosen.
function caret(field) {
  const chosen = getSelection();
  return chosen.rangeCount && chosen.isCollapsed && field.contains(chosen.anchorNode) ? chosen : null;
}

// What stands before the caret, on its line as far as that goes; null where there is none.
export function before(field) {
  if (field.matches("textarea")) return field.selectionStart === field.selectionEnd ? field.value.slice(0, field.selectionStart) : null;
  const at = caret(field);
  if (!at) return null;
  return at.anchorNode.nodeType === Node.TEXT_NODE ? at.anchorNode.data.slice(0, at.anchorOffset).replace(/\u00a0/g, " ") : "";
}

// Choose the letters just before the caret, so that what is put in takes their place.
export function choose(field, letters) {
  field.focus();
  if (field.matches("textarea")) return field.setSelectionRange(field.selectionStart - letters, field.selectionStart);
  const { anchorNode, anchorOffset } = getSelection();
  getSelection().setBaseAndExtent(anchorNode, anchorOffset - letters, anchorNode, anchorOffset);
}

export function toTheEnd(field) {
  field.focus();
  if (field.matches("textarea")) return field.setSelectionRange(field.value.length, field.value.length);
  getSelection().selectAllChildren(field);
  getSelection().collapseToEnd();
}

const escaped = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

// `gap` comes before the text where words stand there already.
export function insert(field, text, gap = "") {
  if (!field) return;
  if (!field.matches("textarea") && !field.contains(getSelection().anchorNode)) toTheEnd(field);
  field.focus();
  const needed = /\S$/.test(before(field) ?? "") ? gap : "";
  if (field.matches("textarea")) type(field, needed + text);
  else if (/\n/.test(needed + text)) insertHtml((needed + text).split("\n").map(escaped).join("<br>"));
  else document.execCommand("insertText", false, needed + text);
  field.scrollTop = field.scrollHeight;
}

// The only way that keeps the field's undo; where it is gone one day, the words come without.
function type(field, text) {
  if (document.execCommand?.("insertText", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

export const insertHtml = (html) => document.execCommand("insertHTML", false, html);
