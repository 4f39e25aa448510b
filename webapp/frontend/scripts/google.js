// Back from Google: the token stands behind the `#`, where no server and no log sees it. Hand it in and forget it.
import { _ } from "./words.js";

const form = document.querySelector("form[data-google-return]");
if (form) {
  const told = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  form.elements.credential.value = told.get("id_token") ?? "";
  if (form.elements.credential.value) form.submit();
  else document.querySelector("[data-google-words]").textContent = _("Google has not signed you in.");
}
