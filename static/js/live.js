// A page that renews itself while somebody looks at it. Focus, open details, and what is typed or marked stay.

const EVERY = 30_000;
const LONGEST = 10 * 60_000;

let tag = document.querySelector("#main")?.dataset.live;
let pause = EVERY;
let asked = Date.now();
let timer;

function plan() {
  clearTimeout(timer);
  if (tag && document.visibilityState === "visible") timer = setTimeout(renew, Math.max(asked + pause - Date.now(), 0));
}

async function renew() {
  asked = Date.now();
  if (!isBusy()) {
    try {
      // no-store keeps the page out of every cache, so the browser sends no name by itself.
      const answer = await fetch(location.href, {
        headers: { "If-None-Match": tag, "X-Renews": "1" },
        cache: "no-store",
        credentials: "same-origin",
      });
      if (answer.redirected || (answer.status >= 400 && answer.status < 500)) return stop();
      if (answer.ok) show(await answer.text());
      pause = answer.ok || answer.status === 304 ? EVERY : Math.min(pause * 2, LONGEST);
    } catch {
      pause = Math.min(pause * 2, LONGEST); // no connection
    }
  }
  plan();
}

// The visit has ended, or the page is gone: what is shown stays, and nothing is asked any more.
function stop() {
  tag = "";
}

function isBusy() {
  const main = document.querySelector("#main");
  const typed = Array.from(main.querySelectorAll("input:not([type=hidden]), textarea, select")).some((box) =>
    box.matches("[type=checkbox], [type=radio]")
      ? box.checked !== box.defaultChecked
      : box.matches("select")
        ? Array.from(box.options).some((option) => option.selected !== option.defaultSelected)
        : box.value !== box.defaultValue,
  );
  const marked = getSelection();
  return (
    typed ||
    main.querySelector("form[data-sent]") !== null ||
    (!marked.isCollapsed && main.contains(marked.anchorNode))
  );
}

function show(text) {
  if (isBusy()) return; // she began while the answer was on its way
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const [main, next] = [document.querySelector("#main"), fresh.querySelector("#main")];
  if (!next?.dataset.live) return stop();
  tag = main.dataset.live = next.dataset.live;
  const changed = plain(main) !== plain(next);
  const said = main.querySelector("[role=status]");
  if (said && !next.querySelector("[role=status]")) next.prepend(said); // what was said stays until she goes on
  const open = namesOf(main, "details[open]", "details");
  const focused = main.contains(document.activeElement) ? nameOf(main, document.activeElement) : "";
  main.replaceChildren(...next.childNodes);
  for (const details of main.querySelectorAll("details")) details.open ||= open.has(nameOf(main, details, "details"));
  if (focused) (find(main, focused) ?? main).focus({ preventScroll: true });
  document.title = fresh.title;
  if (changed) announce();
}

function plain(main) {
  const copy = main.cloneNode(true);
  copy.querySelector("[role=status]")?.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function announce() {
  const news = document.querySelector("#news");
  if (!news) return;
  news.textContent = "";
  setTimeout(() => (news.textContent = news.dataset.say), 50); // the same words again are not read aloud
}

// A thing keeps its name while it says and does the same; of several alike, the first, the second, ...
const MAY_HAVE_FOCUS = "a[href], button, summary, input, select, textarea, [tabindex]";

function looks(thing) {
  const leads = thing.getAttribute("href") ?? thing.getAttribute("name") ?? "";
  const words = thing.matches("details") ? thing.querySelector("summary")?.textContent : thing.textContent;
  return `${thing.tagName} ${thing.id} ${leads} ${(words ?? "").trim()}`;
}

function nameOf(main, thing, among = MAY_HAVE_FOCUS) {
  const alike = Array.from(main.querySelectorAll(among)).filter((other) => looks(other) === looks(thing));
  return `${looks(thing)} ${alike.indexOf(thing)}`;
}

function namesOf(main, which, among) {
  return new Set(Array.from(main.querySelectorAll(which), (thing) => nameOf(main, thing, among)));
}

function find(main, name) {
  return Array.from(main.querySelectorAll(MAY_HAVE_FOCUS)).find((thing) => nameOf(main, thing) === name);
}

document.addEventListener("visibilitychange", plan);
plan();
