// Files of a draft: they go up to the desk at once, so that no tab can lose them. Pictures may stand among the words.
import { isRich } from "./fields.js";
import { ask } from "./session.js";
import { showPicture } from "./rich.js";
import { toast } from "./notices.js";
import { _ } from "./words.js";

const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

const uploading = new Map(); // form → promise

export function upload(form, files, { beside = false } = {}) {
  const among = (file) => !beside && PICTURE.test(file.type) && isRich(form);
  const all = files.reduce((before, file) => before.then(() => send(form, file, among(file))), uploading.get(form) ?? Promise.resolve());
  uploading.set(form, all);
  return all.then(() => uploading.get(form) === all && uploading.delete(form));
}

// What is on its way up goes along: sending waits for it.
document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    if (!uploading.has(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    uploading.get(form).then(() => setTimeout(() => form.requestSubmit(submitter)));
  },
  true,
);

async function send(form, file, inline) {
  const body = new FormData();
  body.append("files", file, file.name || "picture");
  if (inline) body.append("inline", "1");
  try {
    const answer = await ask(`${form.dataset.draft}/files/`, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) return toast(told.detail, true);
    for (const one of told.files) (inline ? showPicture : showChip)(form, one);
  } catch {
    toast(_("The file did not get through: the desk cannot be reached."), true);
  }
}

function showChip(form, file) {
  const chip = document.createElement("li");
  chip.className = "draft-file";
  chip.dataset.file = file.id;
  chip.innerHTML = `<span class="draft-file-name"></span><span class="file-size"></span><button type="button" class="chip-remove" data-file-remove>×</button>`;
  const [name, size, remove] = chip.children;
  name.textContent = file.name;
  size.textContent = file.size;
  remove.setAttribute("aria-label", _("Remove {name}", { name: file.name }));
  form.querySelector("[data-draft-files]").append(chip);
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches?.("[data-attach]")) return;
  upload(target.form, [...target.files], { beside: true });
  target.value = "";
});

document.addEventListener("click", async ({ target }) => {
  const chip = target.closest?.("[data-file-remove]")?.closest(".draft-file");
  if (!chip) return;
  const form = chip.closest("form");
  const where = form.dataset.draft.replace(/[^/]+$/, `files/${chip.dataset.file}/`);
  const answer = await ask(where, { method: "DELETE", headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok || answer?.status === 404) chip.remove();
});
