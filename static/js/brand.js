// The brand page while a colour is being typed: the preview comes from the server, which knows what can be read.

const form = document.querySelector("[data-look]");
const text = form.elements.accent;
const picker = form.querySelector("[data-colour]");
const said = form.querySelector("[data-said]");
const look = document.querySelector("#look");
let waits, asked;

picker.hidden = false;
picker.addEventListener("input", () => {
  text.value = picker.value;
  soon();
});
form.addEventListener("input", (event) => {
  if (event.target === text || event.target.name === "corners") soon();
});

function soon() {
  clearTimeout(waits);
  waits = setTimeout(show, 150);
}

async function show() {
  asked?.abort();
  asked = new AbortController();
  const query = new URLSearchParams({ accent: text.value.trim(), corners: new FormData(form).get("corners") ?? "" });
  try {
    const answer = await fetch(`${form.dataset.look}?${query}`, { signal: asked.signal });
    if (!answer.ok) return; // not a whole colour yet
    look.innerHTML = await answer.text();
    const says = look.querySelector("[data-says]");
    said.textContent = says.textContent.trim();
    if (document.activeElement !== picker) picker.value = says.dataset.asked;
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}
