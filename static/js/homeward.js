// Makes pages smoother. Every page works without it.

// One press is enough: the second one waits until the page comes back.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => ready(form), 15000);
});

function ready(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

addEventListener("pageshow", () => {
  for (const form of document.forms) ready(form);
});

// A list of mistakes is the first thing to hear.
document.querySelector(".error-summary:not(.look *)")?.focus();

// The names of the chosen files, in a line that is read aloud.
addEventListener("change", ({ target }) => {
  if (target.type !== "file") return;
  const box = target.closest(".file");
  if (!box) return;
  let names = box.querySelector(".file-name");
  if (!names) {
    names = document.createElement("output");
    names.className = "file-name";
    box.append(names);
  }
  names.textContent = target.files.length > 1 ? Array.from(target.files, (file) => file.name).join(", ") : "";
});

// Keys for staff: data-key="a" on a button or link; j and k walk through the queue.
// <body data-keys="off"> switches them off.
const desk = document.body.matches(".staff:not([data-keys=off])");

addEventListener("keydown", (event) => {
  if (!desk || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const target = event.target;
  if (target.isContentEditable || target.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=submit])")) return;
  const thing = Array.from(document.querySelectorAll("[data-key]")).find(
    (one) => one.dataset.key === event.key && one.checkVisibility(),
  );
  if (thing) {
    event.preventDefault();
    thing.focus();
    if (thing.matches("a, button, summary")) thing.click();
  } else if (event.key === "j" || event.key === "k") {
    walk(event.key === "j" ? 1 : -1);
  }
});

function walk(step) {
  const rows = Array.from(document.querySelectorAll(".queue tbody tr"));
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.classList.contains("here"));
  const next = Math.min(Math.max(here + step, 0), rows.length - 1);
  rows[here]?.classList.remove("here");
  rows[next].classList.add("here");
  rows[next].querySelector("a")?.focus();
}
