// Puts words into a text field as if they were typed: they can be undone, and whoever listens hears of them.

export function insert(field, text, gap = "") {
  if (!field) return;
  field.focus();
  const before = field.value.slice(0, field.selectionStart);
  const needed = before.trim() && !/\s$/.test(before) ? gap : "";
  // The only way that keeps the field's undo; where it is gone one day, the words come without.
  if (!document.execCommand?.("insertText", false, needed + text)) {
    field.setRangeText(needed + text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  field.scrollTop = field.scrollHeight;
}
