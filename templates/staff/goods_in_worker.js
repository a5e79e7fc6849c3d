// The service worker of goods in, and of nothing else: it keeps the page's own files, so that the page opens without a
// connection. No case, no name and no picture of a customer goes through it.
const HERE = {{ facts|safe }};
const NAME = `goods-in-${HERE.version}`;
const PATIENCE = 8000; // milliseconds; a line that hangs is no line

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(tidy().then(() => clients.claim())));
addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (address.pathname.startsWith(HERE.static)) event.respondWith(file(request));
});

async function keep() {
  const cache = await caches.open(NAME);
  await Promise.all([HERE.shell, ...HERE.files].map(async (address) => {
    const answer = await fetch(address, { redirect: "error", cache: "no-cache" });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    await cache.put(address, answer);
  }));
}

async function tidy() {
  for (const name of await caches.keys()) if (name.startsWith("goods-in-") && name !== NAME) await caches.delete(name);
}

async function page(request) {
  const without = () => caches.match(HERE.shell);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(without);
  const answer = await Promise.race([fetch(request).catch(without), late]);
  const gone = !answer || [502, 503, 504].includes(answer.status);
  return (gone && (await without())) || answer || Response.error();
}

// What is kept, and the reader of the camera once it was needed.
async function file(request) {
  const had = await caches.match(request);
  if (had) return had;
  const answer = await fetch(request);
  if (answer.ok && new URL(request.url).pathname.startsWith(`${HERE.static}vendor/`))
    await (await caches.open(NAME)).put(request, answer.clone());
  return answer;
}
