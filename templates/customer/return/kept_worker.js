// The service worker of returns, and of nothing else. It keeps one page a return, the one with the code: no name, no
// address. Everything else goes to the network as if it were not there.
const NAME = "return-codes";
const PATIENCE = 8000; // milliseconds; a line that hangs is no line

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => event.waitUntil(event.data.keep ? keep(event.data) : drop(event.data.drop)));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (["style", "image"].includes(request.destination)) event.respondWith(file(request));
});

async function keep({ keep: address, files }) {
  const answer = await fetch(address, { redirect: "error", cache: "no-store" });
  if (!answer.ok) return drop(address);
  const cache = await caches.open(NAME);
  await cache.addAll(files);
  await cache.put(address, answer);
}

// With all that lies beside it: the picture of the code is as good as the page.
async function drop(address) {
  const cache = await caches.open(NAME);
  const place = new URL("..", new URL(address, location.href)).pathname;
  const beside = (await cache.keys()).filter((one) => new URL(one.url).pathname.startsWith(place));
  await Promise.all(beside.map((one) => cache.delete(one)));
}

async function page(request) {
  const without = () => code(new URL(request.url).pathname);
  const live = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(async () => (await without()) ?? live);
  return (await Promise.race([live.catch(without), late])) ?? Response.error();
}

// The kept page of the return that this address is about, while its code is good.
async function code(path) {
  const [, number] = path.match(/^\/returns\/([^/]+)\//) ?? [];
  const address = `/returns/${number}/kept/`;
  const had = await caches.match(address);
  if (had && Number(had.headers.get("X-Kept-Until")) > Date.now()) return had;
  if (had) await drop(address);
}

async function file(request) {
  try {
    return await fetch(request);
  } catch (gone) {
    return (await caches.match(request)) ?? Response.error();
  }
}
