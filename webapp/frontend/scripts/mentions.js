// "@" in a note offers the colleagues who may see the ticket. The server reads the names from the words themselves.
import { ask } from "./session.js";
import { before, choose, insert, isField } from "./fields.js";
import { close, isOpen, listOf, offer } from "./picker.js";
import { openTalk } from "./requests.js";

const ASKED = /(?:^|[\s(])@([^\n@]{0,30})$/;

let team = { ticket: "", people: null };
let dismissed = null;

const asked = (field) => ASKED.exec(before(field)?.slice(-50) ?? "")?.[1] ?? null;

async function colleagues() {
  const ticket = openTalk()?.dataset.ticket;
  if (team.ticket !== ticket) {
    const people = ask(`/tickets/${ticket}/colleagues/`, { headers: { Accept: "application/json" } });
    team = { ticket, people: people.then((answer) => (answer.ok ? answer.json() : { people: [] })).catch(() => ({ people: [] })) };
  }
  return (await team.people).people;
}

document.addEventListener("input", async ({ target }) => {
  if (!isField(target) || target.closest("form").id !== "note-form") return;
  const words = asked(target);
  if (words === null || words === dismissed) return isOpen("mentions") && close();
  dismissed = null;
  const people = await colleagues();
  if (asked(target) !== words) return;
  const wanted = words.toLowerCase();
  const found = people.filter(({ username, name }) => [username, name, ...name.split(" ")].some((one) => one.toLowerCase().startsWith(wanted))).slice(0, 8);
  if (!found.length) return isOpen("mentions") && close();
  const list = listOf("mentions", target.closest("form").querySelector(".mention-hint").textContent, found.map(({ username, name }) => ({ value: name, title: name, detail: `@${username}` })));
  offer(target, target.closest("form").querySelector("[data-canned-place]"), list, {
    take: (option) => use(target, option),
    escape: () => (dismissed = asked(target)),
  });
});

function use(field, option) {
  const words = asked(field) ?? "";
  close();
  choose(field, words.length);
  insert(field, `${option.dataset.value} `);
}
