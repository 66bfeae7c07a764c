// Buttons that copy a text, and menus that close. Without scripts those stay hidden, and the text can be
// marked by hand; these close where they were opened.
(() => {
  const said = (button, word) => {
    button.textContent = word;
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };
  const byHand = (text) => { // where the clipboard is closed: plain HTTP, for example
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return byHand(text);
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) said(button, await copy(button.dataset.copy) ? "Copied" : "Not copied");
  });
  // An open menu closes when somebody goes on elsewhere; Escape leads back to what opened it.
  const openMenus = () => [...document.querySelectorAll("details.dropdown[open]")];
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  });
  const show = (root) => {
    for (const button of root.querySelectorAll("button[data-copy]")) button.hidden = false;
  };
  show(document);
  document.addEventListener("htmx:afterSwap", () => show(document));
})();
