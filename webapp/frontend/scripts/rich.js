// Rich text: a block one edits in the place of the textarea, which stays for those who want plain text or have no scripts.
// What is sent is made again by the server from this one source, as HTML and as text.
import { before, choose, fieldOf, insert, insertHtml, isRich, richOf, textOf, toTheEnd } from "./fields.js";
import { cleaned, escaped } from "./pasting.js";
import { upload } from "./files.js";

const PLAIN = "postroom:plain-text";
const ADDRESS = /^(https?:\/\/|mailto:)\S+$/i;
const formOf = (element) => element.closest?.("form[data-draft]");
const edit = (command, value) => document.execCommand(command, false, value);

function upgrade() {
  for (const rich of document.querySelectorAll("[data-rich]:not([data-ready])")) {
    rich.dataset.ready = "";
    show(formOf(rich), !localStorage.getItem(PLAIN));
  }
}

// The words go along when the field changes; the form of rich ones does not.
function show(form, asRich) {
  const rich = richOf(form);
  const plain = form.elements.body;
  if (!asRich && !rich.hidden) plain.value = textOf(rich);
  if (asRich && rich.hidden && plain.value.trim() && rich.innerText.trim() !== plain.value.trim() && !rich.textContent.trim()) rich.innerHTML = plain.value.split("\n").map((line) => `<div>${escaped(line) || "<br>"}</div>`).join("");
  rich.hidden = !asRich;
  plain.hidden = asRich;
  for (const tool of form.querySelectorAll("[data-tool]")) tool.hidden = !asRich && tool.dataset.tool !== "plain";
  form.querySelector("[data-tool=plain]")?.setAttribute("aria-pressed", String(!asRich));
  mark(rich);
}

const mark = (rich) => rich.toggleAttribute("data-empty", !rich.textContent.trim() && !rich.querySelector("img, li, blockquote, pre"));

// Both fields of the form as they will be sent: pictures by their Content-ID, which is all that travels.
export function sync(form) {
  if (!form?.elements.html) return;
  const rich = isRich(form) ? richOf(form) : null;
  form.elements.html.value = rich && !rich.hasAttribute("data-empty") ? asSent(rich) : "";
  if (rich) form.elements.body.value = rich.hasAttribute("data-empty") ? "" : textOf(rich);
}

// In a document of its own, where no picture is loaded.
const elsewhere = document.implementation.createHTMLDocument("");

function asSent(rich) {
  const copy = elsewhere.importNode(rich, true);
  for (const image of copy.querySelectorAll("img")) {
    if (image.dataset.cid) image.setAttribute("src", `cid:${image.dataset.cid}`);
    else image.remove();
  }
  return copy.innerHTML;
}

document.addEventListener("submit", ({ target }) => sync(target), true);
document.addEventListener("focusin", ({ target }) => {
  if (!target.matches?.("[data-rich]")) return;
  edit("defaultParagraphSeparator", "div");
  edit("styleWithCSS", "false");
});

// Pasting and dropping.

function putIn(rich, data) {
  const text = data.getData("text/plain");
  const html = data.getData("text/html");
  if (ADDRESS.test(text.trim()) && !getSelection().isCollapsed) return edit("createLink", text.trim());
  const clean = html && cleaned(html);
  if (clean) insertHtml(clean);
  else if (text) insert(rich, text.replace(/\r\n?/g, "\n"));
}

document.addEventListener("paste", (event) => {
  const rich = event.target.closest?.("[data-rich]");
  const form = formOf(event.target);
  const files = [...event.clipboardData.files];
  if (form && files.length && !event.clipboardData.types.includes("text/html")) {
    event.preventDefault();
    return upload(form, files);
  }
  if (!rich) return;
  event.preventDefault();
  putIn(rich, event.clipboardData);
});

document.addEventListener("beforeinput", (event) => {
  const rich = event.target.closest?.("[data-rich]");
  if (!rich || event.inputType !== "insertFromDrop" || !event.dataTransfer) return;
  event.preventDefault();
  const [at] = event.getTargetRanges();
  if (at) getSelection().setBaseAndExtent(at.startContainer, at.startOffset, at.endContainer, at.endOffset);
  putIn(rich, event.dataTransfer);
});

const brings = (event) => event.dataTransfer?.types.includes("Files");

document.addEventListener("dragover", (event) => {
  const box = event.target.closest?.("#composer");
  if (!brings(event)) return;
  event.preventDefault(); // beside the composer too: a file dropped there must not take the page away
  event.dataTransfer.dropEffect = box ? "copy" : "none";
  box?.classList.add("is-over");
});
document.addEventListener("dragleave", ({ target }) => target.closest?.("#composer")?.classList.remove("is-over"));
document.addEventListener("drop", (event) => {
  if (!brings(event)) return;
  event.preventDefault();
  const box = event.target.closest?.("#composer");
  if (!box) return;
  box.classList.remove("is-over");
  const form = box.querySelector("form[data-draft]:not([hidden])");
  const at = document.caretRangeFromPoint?.(event.clientX, event.clientY);
  if (at && event.target.closest("[data-rich]")) getSelection().setBaseAndExtent(at.startContainer, at.startOffset, at.startContainer, at.startOffset);
  upload(form, [...event.dataTransfer.files]);
});

// A picture that has come up to the desk takes its place among the words.
export function showPicture(form, file) {
  const rich = richOf(form);
  if (!rich.contains(getSelection().anchorNode)) toTheEnd(rich);
  rich.focus();
  insertHtml(`<img src="${escaped(file.url)}" data-cid="${escaped(file.cid)}" alt="${escaped(file.name)}">`);
}

// Typing: "- ", "1. " and "> " begin what they look like; a word between backticks is code.
const BEGINS = { "-": () => edit("insertUnorderedList"), "*": () => edit("insertUnorderedList"), "1.": () => edit("insertOrderedList"), ">": () => edit("formatBlock", "blockquote") };

document.addEventListener("input", (event) => {
  const rich = event.target.closest?.("[data-rich]");
  if (!rich) return;
  mark(rich);
  if (event.inputType !== "insertText") return;
  const line = before(rich);
  if (event.data === " " && BEGINS[line?.trimEnd()] && getSelection().anchorNode.parentElement.closest("div, p") === lineOf(rich)) {
    choose(rich, line.length);
    edit("delete");
    BEGINS[line.trimEnd()]();
  }
  const code = event.data === "`" && /`([^`]+)`$/.exec(line ?? "");
  if (code) {
    choose(rich, code[0].length);
    insertHtml(`<code>${escaped(code[1])}</code>\u00a0`);
  }
});

// The block the caret is in, where that is an ordinary line.
const lineOf = (rich) => {
  const block = getSelection().anchorNode.parentElement.closest("div, p, li, blockquote, pre");
  return block === rich || rich.contains(block) ? block : null;
};

document.addEventListener("keydown", (event) => {
  const rich = event.target.closest?.("[data-rich]");
  if (!rich || event.isComposing || event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  const block = (getSelection().anchorNode.parentElement ?? rich).closest("pre, blockquote");
  if (!block || !rich.contains(block)) return;
  if (block.matches("pre")) {
    event.preventDefault();
    return edit("insertLineBreak");
  }
  // An empty line ends the quote.
  const { anchorNode } = getSelection();
  const line = anchorNode.nodeType === Node.TEXT_NODE ? anchorNode.data : anchorNode.textContent;
  if (!line.trim()) {
    event.preventDefault();
    edit("outdent");
    edit("formatBlock", "div");
  }
});

// The tools.

const inside = (tags) => getSelection().anchorNode?.parentElement?.closest(tags);

const TOOLS = {
  bold: () => edit("bold"),
  italic: () => edit("italic"),
  ul: () => edit("insertUnorderedList"),
  ol: () => edit("insertOrderedList"),
  quote: () => (inside("blockquote") ? edit("outdent") : edit("formatBlock", "blockquote")),
  code: () => {
    const words = getSelection().toString();
    if (words && !words.includes("\n")) insertHtml(inside("code") ? escaped(words) : `<code>${escaped(words)}</code>`);
    else edit("formatBlock", inside("pre") ? "div" : "pre");
  },
  link: (form) => askForLink(form),
  plain: (form) => {
    const asRich = !isRich(form);
    if (asRich) localStorage.removeItem(PLAIN);
    else localStorage.setItem(PLAIN, "yes");
    for (const each of document.querySelectorAll("form[data-draft]")) if (richOf(each)) show(each, asRich);
    toTheEnd(fieldOf(form));
  },
};

document.addEventListener("pointerdown", (event) => event.target.closest?.("[data-tool]") && event.preventDefault()); // the words stay chosen
document.addEventListener("click", ({ target }) => {
  const tool = target.closest?.("[data-tool]");
  const form = tool && formOf(tool);
  if (!form) return;
  if (tool.dataset.tool !== "plain" && !richOf(form).contains(getSelection().anchorNode)) toTheEnd(richOf(form));
  TOOLS[tool.dataset.tool](form);
});

document.addEventListener("keydown", (event) => {
  const bar = event.target.closest?.("[data-tools]");
  if (!bar || !["ArrowLeft", "ArrowRight"].includes(event.key) || event.target.matches("input")) return;
  const tools = [...bar.querySelectorAll("[data-tool]:not([hidden])")];
  const step = (event.key === "ArrowRight") === (getComputedStyle(bar).direction === "ltr") ? 1 : -1;
  tools.at((tools.indexOf(event.target) + step) % tools.length).focus();
});

// Where a link leads, asked in the row of the tools; Enter makes it, an empty one unmakes it.
function askForLink(form) {
  const bar = form.querySelector("[data-tools]");
  if (bar.querySelector(".link-entry")) return;
  const chosen = getSelection().getRangeAt(0).cloneRange();
  const entry = document.createElement("input");
  Object.assign(entry, { type: "url", className: "link-entry", placeholder: "https://", value: inside("a")?.getAttribute("href") ?? "" });
  entry.setAttribute("aria-label", bar.querySelector("[data-tool=link]").getAttribute("aria-label"));
  const done = () => {
    entry.remove();
    getSelection().removeAllRanges();
    getSelection().addRange(chosen);
    richOf(form).focus();
  };
  entry.addEventListener("keydown", (event) => {
    if (!["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const address = entry.value.trim();
    done();
    if (event.key === "Enter") link(address && !/^[a-z]+:/i.test(address) ? `https://${address}` : address);
  });
  entry.addEventListener("blur", () => entry.remove());
  bar.append(entry);
  entry.focus();
}

function link(address) {
  if (!address) return edit("unlink");
  if (!getSelection().isCollapsed) return edit("createLink", address);
  insertHtml(`<a href="${escaped(address)}">${escaped(address)}</a>\u00a0`);
}

upgrade();
document.addEventListener("htmx:after:swap", upgrade);
