// Drawers over the conversation: a trace, a source, a file, a merge. What is fetched into one opens it; its backdrop closes it.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const { target: drawer, response } = ctx;
  if (!drawer?.matches?.("dialog") || response?.status !== 200) return;
  if (!drawer.open) drawer.showModal();
  drawer.querySelector("[autofocus], .button-main")?.focus();
});

document.addEventListener("click", ({ target }) => target.matches("dialog.trace") && target.close());
