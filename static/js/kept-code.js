// Keeps the code of this return in the browser, so that it opens without a connection, and lets go of it once it has
// been used.
const here = document.querySelector("[data-kept]");
const files = () => [...document.querySelectorAll("link[rel=stylesheet], .code-card img")].map((one) => one.href ?? one.src);

async function look({ kept, worker, code }) {
  if (code) await navigator.serviceWorker.register(worker, { scope: "/returns/" });
  const registered = code ? await navigator.serviceWorker.ready : await navigator.serviceWorker.getRegistration("/returns/");
  registered?.active?.postMessage(code ? { keep: kept, files: files() } : { drop: kept });
}

if (here && navigator.serviceWorker) look(here.dataset);
