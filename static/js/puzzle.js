// Works off the puzzle of a page (ALTCHA's second format, SHA-256, cost 1) while its reader types. One file, two sides:
// the page, and the worker that it starts.

const CONSTANTS = new Int32Array(64);
const START = new Int32Array(8);

// The first bits of the fractional parts of the roots of the first primes: what SHA-256 is made of.
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) prime = false;
  if (!prime) continue;
  if (found < 8) START[found] = fraction(Math.sqrt(n));
  CONSTANTS[found++] = fraction(Math.cbrt(n));
}

function fraction(root) {
  return ((root - Math.floor(root)) * 2 ** 32) | 0;
}

const words = new Int32Array(64);
const state = new Int32Array(8);

// The digest of one block, words[0..15], into `state`.
function digest() {
  for (let n = 16; n < 64; n++) {
    const a = words[n - 15], b = words[n - 2];
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    words[n] = (words[n - 16] + s0 + words[n - 7] + s1) | 0;
  }
  let a = START[0], b = START[1], c = START[2], d = START[3], e = START[4], f = START[5], g = START[6], h = START[7];
  for (let n = 0; n < 64; n++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + CONSTANTS[n] + words[n]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  state[0] = START[0] + a; state[1] = START[1] + b; state[2] = START[2] + c; state[3] = START[3] + d;
  state[4] = START[4] + e; state[5] = START[5] + f; state[6] = START[6] + g; state[7] = START[7] + h;
}

function hex(numbers) {
  return Array.from(numbers, (number) => (number >>> 0).toString(16).padStart(8, "0")).join("");
}

// salt, nonce and the counter are 36 bytes: one block, of which only the counter changes.
function solve({ salt, nonce, keyPrefix }) {
  const first = parseInt(keyPrefix.slice(0, 8), 16) | 0;
  (salt + nonce).match(/.{8}/g).forEach((word, n) => (words[n] = parseInt(word, 16)));
  words[9] = 0x80000000;
  words[15] = 36 * 8;
  for (let counter = 0; counter < 2 ** 32; counter++) {
    words[8] = counter;
    digest();
    if (state[0] === first && hex(state).startsWith(keyPrefix)) return { counter, derivedKey: hex(state) };
  }
}

function beWorker() {
  addEventListener("message", ({ data }) => postMessage(solve(data.parameters)));
}

function bePage(box) {
  const form = box.closest("form");
  const said = box.querySelector("[role=status]");
  const answer = form.elements.namedItem("puzzle");
  const challenge = JSON.parse(box.dataset.puzzle);
  const worker = new Worker(import.meta.url, { type: "module" });
  let pressed;

  said.textContent = said.dataset.runs;
  worker.addEventListener("message", ({ data }) => {
    answer.value = btoa(JSON.stringify({ challenge, solution: data }));
    said.textContent = said.dataset.done;
    worker.terminate();
    if (pressed) form.requestSubmit(pressed);
  });
  worker.postMessage(challenge);

  form.addEventListener("submit", (event) => {
    if (answer.value) return;
    event.preventDefault(); // it leaves by itself as soon as the work is done
    pressed = event.submitter ?? undefined;
    pressed?.setAttribute("aria-busy", "true");
    if (!event.submitter) pressed = form.querySelector("button");
  });
}

if (typeof document === "undefined") beWorker();
else document.querySelectorAll("[data-puzzle]").forEach(bePage);
