// Asking the desk: with the page's CSRF token, and with a silent renewal where the access token has run out.

export const cookie = (name) =>
  document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

export const csrf = () => cookie("postroom_csrf");

let renewing = null;

// One renewal for all who ask at once: a refresh token can be spent only once. False: the sign-in is over; null: nobody can say.
export function renew() {
  renewing ??= fetch("/session/renew?next=/healthz", { credentials: "same-origin" })
    .then((answer) => (answer.status < 500 ? answer.ok && new URL(answer.url).pathname === "/healthz" : null))
    .catch(() => null)
    .finally(() => setTimeout(() => (renewing = null)));
  return renewing;
}

// Like fetch, and throws like it. Answers 401 only when the sign-in itself is over; the page hears of that as `desk:signed-out`.
export async function ask(url, options = {}) {
  const answer = await send(url, options);
  if (answer.status !== 401) return answer;
  const renewed = await renew();
  if (renewed) return send(url, options);
  if (renewed === null) throw new TypeError("the desk cannot be reached");
  document.dispatchEvent(new CustomEvent("desk:signed-out"));
  // Without the header that would send the page away, with what is written on it.
  return new Response("", { status: 401 });
}

function send(url, options) {
  const headers = { ...options.headers };
  if ((options.method ?? "GET") !== "GET") headers["X-CSRF-TOKEN"] = csrf();
  return fetch(url, { ...options, headers, credentials: "same-origin" });
}
