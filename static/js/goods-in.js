// Goods in: every step is written down in this browser first, then sent. The page works on without a connection.
//
// What is kept where: IndexedDB "goods-in" has the steps that nobody has answered yet, with their pictures.
// "goods-in-cases" has the cases that were opened here in the last day, without names or addresses, and who is signed
// in; signing out empties it (sign-out.js). The cache of the service worker has this page's files and nobody's data.

const home = document.querySelector("#goods-in");
const bench = document.querySelector("#at-hand");
const scan = document.querySelector("#scan");
const code = scan.elements.code;
const said = document.querySelector("#said");
const DAY = 24 * 60 * 60 * 1000;
const EVERY = 15000; // milliseconds between two tries
const PATIENCE = 20000;
const MOST_STEPS = 50;
const MOST_PICTURES = 8; // a call; the portal takes no more
const MOST_BYTES = 8 * 1024 * 1024;
const LONGEST_SIDE = 2000; // pixels of a picture

let by = home.dataset.by;
let token = scan.elements.csrfmiddlewaretoken?.value || "";
let boxAtHand = scan.elements.box.value;
let state = ""; // of the queue: "", "waiting", "signed-out"

function words(name, facts = {}) {
  const sentence = home.querySelector(`[data-say="${name}"]`).textContent;
  return sentence.replace(/\{(\w+)\}/g, (_, key) => facts[key]);
}

// The place is there from the start, so that what is put into it is read aloud.
function put(place, sentence, tone) {
  if (place.dataset.said === sentence) return null;
  place.dataset.said = sentence;
  const line = document.createElement("p");
  line.className = `notice ${tone}`;
  line.textContent = sentence;
  place.replaceChildren(...(sentence ? [line] : []));
  return line;
}

function tell(sentence, tone = "good") {
  delete said.dataset.said; // the same again is said again
  put(said, sentence, tone);
  document.querySelector("#main > [role=status]")?.remove(); // what the page said when it was loaded
}

// One thing after the other: a second Enter waits until the first piece is written down.
let turn = Promise.resolve();
function inTurn(work) {
  turn = turn.then(work).catch((error) => console.error(error));
  return turn;
}

// --- what this browser keeps

const STORES = {
  "goods-in": (db) => db.createObjectStore("steps", { keyPath: "n", autoIncrement: true }),
  "goods-in-cases": (db) => {
    db.createObjectStore("cases", { keyPath: "number" });
    db.createObjectStore("facts");
  },
};

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(name, store, mode, work) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => STORES[name](opening.result);
  const db = await answered(opening);
  db.onversionchange = () => db.close();
  try {
    const transaction = db.transaction(store, mode, { durability: mode === "readwrite" ? "strict" : "default" });
    const over = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await answered(work(transaction.objectStore(store)));
    await over;
    return result;
  } finally {
    db.close();
  }
}

const steps = (mode, work) => within("goods-in", "steps", mode, work);
const cases = (mode, work) => within("goods-in-cases", "cases", mode, work);
const facts = (mode, work) => within("goods-in-cases", "facts", mode, work);
const allSteps = () => steps("readonly", (store) => store.getAll());
const isOpen = (step) => step.by === by && !step.refused;

async function whoIsHere() {
  if (by) await facts("readwrite", (store) => store.put(by, "by"));
  else by = (await facts("readonly", (store) => store.get("by"))) || "";
}

async function forgetOld() {
  for (const row of await cases("readonly", (store) => store.getAll()))
    if (row.at < Date.now() - DAY) await cases("readwrite", (store) => store.delete(row.number));
}

const folded = (typed) => typed.normalize("NFKC").toUpperCase().replace(/[\s-]/g, "");

async function keepCase(number, html) {
  const shown = new DOMParser().parseFromString(html, "text/html");
  for (const field of shown.querySelectorAll("[name=csrfmiddlewaretoken]")) field.remove();
  const known = JSON.parse(shown.querySelector("[data-case]").dataset.codes);
  const codes = Object.fromEntries(Object.entries(known).map(([each, box]) => [folded(each), box]));
  await cases("readwrite", (store) => store.put({ number, codes, html: shown.body.innerHTML, at: Date.now() }));
}

// --- the case on the bench

const caseAtHand = () => bench.querySelector("[data-case]");
const numberAtHand = () => caseAtHand()?.dataset.case || "";
const lines = () => Array.from(bench.querySelectorAll("[data-line]"));
const lineOf = (pk) => lines().find((line) => line.dataset.line === String(pk));
const toCome = (line) => ("shut" in line.dataset ? 0 : Number(line.dataset.toCome));
const chosen = () => bench.querySelector(".bench-line.chosen");

function choose(line) {
  for (const each of lines()) {
    const here = each === line;
    each.classList.toggle("chosen", here);
    each.toggleAttribute("aria-current", here);
    each.querySelector(".steps-of-line").hidden = !here;
    const other = each.querySelector(".choose");
    if (other) other.hidden = here || !toCome(each);
  }
  const all = lines();
  bench.querySelector("[data-all-here]")?.toggleAttribute("hidden", all.some(toCome) || all.some((each) => "shut" in each.dataset));
  line?.scrollIntoView({ block: "nearest" });
}

function chooseNext() {
  const all = lines();
  const from = Math.max(all.indexOf(chosen()), 0);
  choose([...all.slice(from), ...all.slice(0, from)].find(toCome));
}

function move(line, name, by) {
  const place = name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const now = Math.max(Number(line.dataset[place]) + by, 0);
  line.dataset[place] = now;
  line.querySelector(`[data-count="${name}"]`).textContent = now;
}

function count(step) {
  if (step.verb === "reopen") return openAgain();
  const line = step.line && lineOf(step.line);
  if (!line) return;
  const units = Number(step.units) || 1;
  if (step.verb === "fine" || step.verb === "damaged") move(line, "here", units);
  if (step.verb === "missing") move(line, "expected", -units);
  if (step.verb !== "accept") move(line, "to-come", -units);
  for (const field of line.querySelectorAll(".how-many input")) {
    field.max = toCome(line);
    field.closest(".how-many").hidden = toCome(line) < 2;
  }
}

function openAgain() {
  for (const line of lines()) delete line.dataset.shut;
  bench.querySelector("[data-shut-notice]")?.remove();
  choose(lines().find(toCome));
}

async function recount() {
  const number = numberAtHand();
  for (const step of await allSteps()) if (step.number === number && isOpen(step)) count(step);
}

async function showCase(html, { line, box } = {}) {
  bench.innerHTML = html;
  boxAtHand = box ? String(box) : "";
  await recount();
  const wanted = line && lineOf(line);
  choose(wanted && toCome(wanted) ? wanted : lines().find(toCome));
}

// The portal tells how the case stands now. While somebody fills in a form, only its figures change.
async function refresh(number, html) {
  await keepCase(number, html);
  if (numberAtHand() !== number) return;
  const busy = bench.querySelector("details[open]") || bench.contains(document.activeElement);
  if (!busy) return showCase(html, { line: chosen()?.dataset.line, box: boxAtHand });
  const told = new DOMParser().parseFromString(html, "text/html");
  for (const line of lines()) {
    const now = told.querySelector(`[data-line="${line.dataset.line}"]`);
    for (const name of ["expected", "here", "toCome"]) if (now) line.dataset[name] = now.dataset[name];
    for (const figure of line.querySelectorAll("[data-count]")) move(line, figure.dataset.count, 0);
  }
  await recount();
}

// --- a code was scanned

scan.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = code.value.trim();
  code.value = "";
  inTurn(() => scanned(typed));
});

const ASIDES = { d: "damaged", w: "wrong", m: "missing" };

async function scanned(typed) {
  const line = chosen();
  if (!typed) return line ? countPiece(line) : tell(caseAtHand() ? words("all-here") : "", "news");
  const aside = caseAtHand() && ASIDES[typed.toLowerCase()];
  if (aside) return openAside(aside);
  const named = lines().filter((each) => [each.dataset.sku, each.dataset.otherSku].some((sku) => sku && folded(sku) === folded(typed)));
  if (named.length) return pick(named.find(toCome));
  if (line && /^\d{1,3}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= toCome(line)) return countPiece(line, typed);
  return lookUp(typed);
}

function pick(line) {
  if (!line) return tell(words("all-here"), "warn");
  choose(line);
  tell("");
}

function openAside(name) {
  const place = name === "wrong" ? bench : chosen();
  const aside = place?.querySelector(`details[data-ask="${name}"]`);
  if (!aside) return tell(words("all-here"), "warn");
  aside.open = true;
}

bench.addEventListener("toggle", ({ target }) => {
  if (target.open) target.querySelector("input:not([type=hidden]), textarea, button")?.focus();
}, true);

async function lookUp(typed) {
  const asked = new URLSearchParams({ code: typed, number: numberAtHand() });
  try {
    const answer = await fetch(`${home.dataset.home}?${asked}`, { signal: AbortSignal.timeout(8000) });
    if (isSignIn(answer)) {
      state = "signed-out";
      await showQueue();
      return showKept(typed);
    }
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    await showPage(page, answer.url);
  } catch {
    await showKept(typed);
  }
  focusScan();
}

const isSignIn = (answer) => answer.redirected && new URL(answer.url).pathname === home.dataset.signIn;

async function showPage(page, address) {
  const found = page.querySelector("#at-hand");
  const asked = new URL(address).searchParams;
  token = page.querySelector("#scan [name=csrfmiddlewaretoken]")?.value || token;
  history.replaceState(null, "", address);
  tell("");
  const number = found.querySelector("[data-case]")?.dataset.case;
  if (!number) return bench.replaceChildren(...found.childNodes);
  await keepCase(number, found.innerHTML);
  await showCase(found.innerHTML, { line: asked.get("line"), box: asked.get("box") });
  if (asked.get("ask")) openAside(asked.get("ask"));
}

async function showKept(typed) {
  const wanted = folded(typed);
  const row = (await cases("readonly", (store) => store.getAll())).find((each) => wanted in each.codes);
  if (!row) return showUnknown(typed);
  await showCase(row.html, { box: row.codes[wanted] });
  history.replaceState(null, "", `${home.dataset.home}${row.number}/`);
  tell(words("kept-here"), "news");
}

function showUnknown(typed) {
  bench.replaceChildren(document.querySelector("#unknown").content.cloneNode(true));
  bench.querySelector("[name=tracking_number]").value = typed;
  tell(words("offline"), "warn");
}

function focusScan() {
  if (!bench.querySelector("details[open]")) code.focus();
}

// --- a step was taken

bench.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-step]");
  if (!form) return;
  event.preventDefault();
  const typed = new FormData(form, event.submitter);
  inTurn(() => takeForm(form, typed));
});

bench.addEventListener("click", (event) => {
  const link = event.target.closest("[data-choose]");
  if (!link) return;
  event.preventDefault();
  choose(link.closest("[data-line]"));
  focusScan();
});

function countPiece(line, units = "") {
  const form = line.querySelector("form[data-step=fine]");
  const typed = new FormData(form);
  if (units) typed.set("units", units);
  return takeForm(form, typed);
}

async function takeForm(form, typed) {
  const text = (name) => String(typed.get(name) || "").trim();
  const verb = text("verb");
  const line = text("line") && lineOf(text("line"));
  const units = Number(text("units") || 1);
  const files = typed.getAll("photo").filter((file) => file.size);
  const facts = { n: units, item: line ? line.dataset.item : "" };
  if (!by) return tell(words("nobody"), "bad");
  if (line && verb !== "accept" && !(units >= 1 && units <= toCome(line))) return tell(words("all-here"), "warn");
  if (verb === "damaged" && !files.length && !("shown" in line.dataset)) return tell(words("no-picture"), "bad");
  if (["wrong", "found"].includes(verb) && text("words").length < 3) return tell(words("no-words"), "bad");
  const step = {
    key: crypto.randomUUID(),
    at: new Date().toISOString(),
    by,
    verb,
    number: verb === "found" ? "" : numberAtHand(),
    line: text("line"),
    units,
    box: boxAtHand,
    grade: text("grade"),
    disposition: text("grade") && text("disposition"),
    words: text("words"),
    tracking_number: text("tracking_number"),
    item: facts.item,
    photos: await Promise.all(files.slice(0, 3).map(shrunk)),
  };
  await steps("readwrite", (store) => store.add(step));
  count(step);
  tell(words(verb, facts));
  form.reset();
  for (const aside of bench.querySelectorAll("details[open]")) aside.open = false;
  if (verb === "accept") form.hidden = true;
  if (verb === "found") bench.replaceChildren();
  else if (!line || line === chosen()) if (!chosen() || !toCome(chosen())) chooseNext();
  code.focus();
  send();
}

// A large picture would take long over a bad line, and the portal needs no more than this.
async function shrunk(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const small = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return small && small.size < file.size ? small : new Blob([file], { type: file.type });
  } catch {
    return new Blob([file], { type: file.type });
  }
}

// --- the queue

let sending = null;

function send() {
  sending = (sending || Promise.resolve()).then(sendNow).catch((error) => console.error(error));
  return sending;
}

// Two tabs of one browser share the queue: one of them sends.
function sendNow() {
  return navigator.locks ? navigator.locks.request("goods-in", sendAll) : sendAll();
}

async function sendAll() {
  let most = MOST_STEPS;
  for (;;) {
    const batch = fitting((await allSteps()).filter(isOpen), most);
    if (!batch.length) {
      if (state !== "signed-out") state = "";
      break;
    }
    const outcome = await sendBatch(batch);
    if (outcome === "too-much") most = Math.floor(batch.length / 2);
    if (!outcome) most = MOST_STEPS;
    else if (outcome !== "too-much" && outcome !== "again") {
      state = outcome;
      break;
    }
  }
  await showQueue();
}

function fitting(open, most) {
  const batch = [];
  let pictures = 0;
  let bytes = 0;
  for (const step of open.slice(0, most)) {
    pictures += step.photos.length;
    bytes += step.photos.reduce((sum, photo) => sum + photo.size, 0);
    if (batch.length && (pictures > MOST_PICTURES || bytes > MOST_BYTES)) break;
    batch.push(step);
  }
  return batch;
}

// What became of it: "" all answered, "waiting", "signed-out", "again" under another name, "too-much" for one call.
async function sendBatch(batch) {
  let answer;
  try {
    if (!token && !(await newToken())) return state;
    answer = await post(batch);
    if (answer.status === 403) {
      if (!(await newToken())) return state;
      answer = await post(batch);
    }
  } catch {
    return "waiting";
  }
  if (answer.type === "opaqueredirect" || answer.status === 401) return "signed-out";
  if (answer.status === 409) {
    by = (await answer.json()).by;
    await whoIsHere();
    return "again";
  }
  if ([400, 413].includes(answer.status)) {
    if (batch.length > 1) return "too-much";
    await steps("readwrite", (store) => store.put({ ...batch[0], refused: words("not-taken") }));
    return "";
  }
  if (!answer.ok) return "waiting";
  return settle(batch, await answer.json());
}

async function settle(batch, told) {
  let later = false;
  for (const { key, answer, text } of told.answers) {
    const step = batch.find((each) => each.key === key);
    if (answer === "later") later = true;
    else if (answer === "refused") await steps("readwrite", (store) => store.put({ ...step, refused: text }));
    else await steps("readwrite", (store) => store.delete(step.n));
  }
  for (const [number, html] of Object.entries(told.cases)) await refresh(number, html);
  return later ? "waiting" : "";
}

function post(batch) {
  const form = new FormData();
  const rows = batch.map(({ n, item, photos, by: whose, ...row }) => row);
  form.append("sent", JSON.stringify({ by, steps: rows }));
  for (const step of batch) for (const photo of step.photos) form.append(`photo-${step.key}`, photo, "photo.jpg");
  return fetch(home.dataset.events, {
    method: "POST",
    body: form,
    headers: { "X-CSRFToken": token },
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE),
  });
}

async function newToken() {
  const answer = await fetch(home.dataset.events, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
  state = answer.type === "opaqueredirect" || answer.status === 401 ? "signed-out" : "waiting";
  if (!answer.ok) return false;
  const told = await answer.json();
  token = told.token;
  by = told.by;
  await whoIsHere();
  state = "";
  return true;
}

let waited = false;

async function showQueue() {
  const all = await allSteps();
  const mine = all.filter(isOpen).length;
  const others = all.filter((step) => step.by !== by && !step.refused);
  const lines = [];
  if (mine && state) lines.push(words(state, { n: mine }));
  else if (!mine && waited) lines.push(words("sent"));
  for (const who of new Set(others.map((step) => step.by)))
    lines.push(words("of-another", { who, n: others.filter((step) => step.by === who).length }));
  const line = put(document.querySelector("#queue"), lines.join(" "), mine || others.length ? "warn" : "good");
  if (line && mine && state === "signed-out") line.append(" ", signInLink());
  waited = Boolean(mine && state);
  showRefused(all.filter((step) => step.refused));
}

function signInLink() {
  const link = document.createElement("a");
  link.href = `${home.dataset.signIn}?${new URLSearchParams({ next: location.pathname })}`;
  link.textContent = words("sign-in");
  return link;
}

function showRefused(refused) {
  const list = document.querySelector("#refused");
  list.hidden = !refused.length;
  list.replaceChildren(...refused.map((step) => {
    const row = document.createElement("li");
    const seen = document.createElement("button");
    row.className = "message error";
    row.textContent = [step.number, step.item, step.refused].filter(Boolean).join(" – ") + " ";
    seen.className = "link-button";
    seen.textContent = words("dismiss");
    seen.addEventListener("click", async () => {
      await steps("readwrite", (store) => store.delete(step.n));
      await showQueue();
      code.focus();
    });
    row.append(seen);
    return row;
  }));
}

// --- the camera

const viewer = document.querySelector("#viewer");
const lens = document.querySelector("#camera");
lens.hidden = !navigator.mediaDevices?.getUserMedia;
lens.addEventListener("click", async () => {
  try {
    const { watch } = await import(home.dataset.camera);
    await watch(viewer, { detector: home.dataset.detector, wasm: home.dataset.wasm }, (found) => inTurn(() => scanned(found)));
  } catch {
    viewer.hidden = true;
    tell(words("no-camera"), "bad");
  }
});

// --- begin

addEventListener("online", send);
addEventListener("focus", send);
document.addEventListener("visibilitychange", () => document.hidden || send());
setInterval(send, EVERY);
// Leave the box with Escape, and d, w and m are keys; Enter works from anywhere.
code.addEventListener("keydown", (event) => event.key === "Escape" && code.blur());
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target === document.body) scan.requestSubmit();
});

navigator.serviceWorker?.register(home.dataset.worker, { scope: home.dataset.home }).catch((error) => console.warn(error));

inTurn(async () => {
  await whoIsHere();
  await forgetOld();
  const number = numberAtHand();
  if (number) {
    const asked = new URLSearchParams(location.search);
    await keepCase(number, bench.innerHTML);
    await recount();
    if (!asked.get("ask") && (!chosen() || !toCome(chosen()))) chooseNext();
  } else if ("shell" in home.dataset) {
    await showWithout();
  }
  await send();
});

// The page came from this browser alone.
async function showWithout() {
  const wanted = decodeURIComponent(location.pathname.slice(home.dataset.home.length).replace(/\/$/, ""));
  const row = wanted && (await cases("readonly", (store) => store.get(wanted)));
  if (row) {
    await showCase(row.html, { box: new URLSearchParams(location.search).get("box") });
    tell(words("kept-here"), "news");
  } else if (wanted) {
    tell(words("no-page"), "warn");
  }
}
