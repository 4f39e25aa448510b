// What comes from elsewhere, made clean: words and their form stay, styles, scripts and foreign pictures go.
// The server cleans again what is sent; this is so that one sees what will be sent.

const SAME = { STRONG: "b", B: "b", EM: "i", I: "i", U: "u", S: "s", STRIKE: "s", DEL: "s", CODE: "code", TT: "code", PRE: "pre", BLOCKQUOTE: "blockquote", UL: "ul", OL: "ol", LI: "li", P: "p", DIV: "div", TR: "div" };
const GONE = new Set("SCRIPT STYLE HEAD TITLE META LINK IFRAME OBJECT EMBED SVG MATH TEMPLATE NOSCRIPT AUDIO VIDEO CANVAS FORM INPUT BUTTON SELECT TEXTAREA".split(" "));
const HEADING = /^H[1-6]$/;
const LINK = /^(https?:|mailto:|tel:)/i;

export const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function cleaned(html) {
  return within(new DOMParser().parseFromString(unstyled(html), "text/html").body, false).trim();
}

// The page's policy holds for what is parsed, too: styles and handlers would be blocked, and complained of. They are read as data.
const unstyled = (html) => html.replace(/<style\b[^]*?<\/style\s*>/gi, "").replace(/<[^>]*>/g, (tag) => tag.replace(/[\s"'/](style|on\w+)\s*=/gi, " data-$1="));
const styleOf = (node, name) => new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([\\w-]+)`, "i").exec(node.dataset.style ?? "")?.[1].toLowerCase();

const within = (node, keepsSpace) => [...node.childNodes].map((child) => one(child, keepsSpace)).join("");

function one(node, keepsSpace) {
  if (node.nodeType === Node.TEXT_NODE) return escaped(keepsSpace ? node.data : node.data.replace(/[ \t\r\n\f]+/g, " "));
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const name = node.nodeName.toUpperCase();
  if (GONE.has(name) || node.hidden || styleOf(node, "display") === "none" || styleOf(node, "mso-hide") === "all") return "";
  if (name === "BR") return "<br>";
  if (name === "IMG") return ours(node);
  const inner = within(node, keepsSpace || name === "PRE");
  if (name === "A") return LINK.test(node.getAttribute("href") ?? "") ? `<a href="${escaped(node.getAttribute("href").trim())}">${inner}</a>` : inner;
  if (HEADING.test(name)) return `<p><b>${inner}</b></p>`;
  if (name === "TD" || name === "TH") return `${inner} `;
  return shaped(node, SAME[name], inner);
}

// Office programs say with styles what others say with elements, and the other way round.
function shaped(node, tag, inner) {
  const weight = styleOf(node, "font-weight") ?? "";
  const bold = weight.startsWith("bold") || Number(weight) >= 600;
  if (tag === "b" && weight && !bold) return inner;
  if (tag) return inner.trim() || tag === "div" || tag === "p" ? `<${tag}>${inner || "<br>"}</${tag}>` : inner;
  const loud = bold && inner.trim() ? `<b>${inner}</b>` : inner;
  return styleOf(node, "font-style") === "italic" && inner.trim() ? `<i>${loud}</i>` : loud;
}

// A picture stays where it is one of the message's own, moved about in its text.
function ours(image) {
  const { cid } = image.dataset;
  return cid ? `<img src="${escaped(image.getAttribute("src"))}" data-cid="${escaped(cid)}" alt="${escaped(image.alt)}">` : "";
}
