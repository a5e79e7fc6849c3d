// Signing out empties what goods in keeps of cases in this browser. Steps that are not sent yet stay; who leaves is told.
const form = document.querySelector("form[data-sign-out]");

form?.addEventListener("submit", async (event) => {
  if (form.dataset.sure) return;
  event.preventDefault();
  const warning = form.querySelector("[role=alert]");
  const unsent = warning.hidden ? await stepsKept().catch(() => 0) : 0;
  if (unsent) {
    warning.textContent = warning.textContent.replace("{n}", unsent);
    warning.hidden = false;
    return;
  }
  await forgetCases();
  form.dataset.sure = "yes";
  form.requestSubmit();
});

function stepsKept() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("goods-in", 1);
    request.onupgradeneeded = () => request.transaction.abort(); // there is none: do not make one
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const db = request.result;
      const all = db.transaction("steps").objectStore("steps").getAll();
      all.onerror = () => reject(all.error);
      all.onsuccess = () => {
        db.close();
        resolve(all.result.filter((step) => !step.refused).length);
      };
    };
  });
}

function forgetCases() {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase("goods-in-cases");
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
}
