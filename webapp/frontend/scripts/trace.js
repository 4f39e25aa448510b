// The drawer of a trace, a source, a file: fetched when asked for, shown as a dialog over the conversation.
let wanted = false;

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-trace], [data-drawer]")) wanted = true;
  if (target.id === "trace") target.close(); // the backdrop
});

document.addEventListener("htmx:after:swap", () => {
  const drawer = document.getElementById("trace");
  if (!wanted || !drawer?.firstElementChild || drawer.open) return;
  wanted = false;
  drawer.showModal();
});
