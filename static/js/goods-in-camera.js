// The camera of goods in: the browser's own reader of codes where it has one, else ours, which is loaded only now.

const FORMATS = ["qr_code", "code_128", "itf", "ean_13", "data_matrix", "code_39"];
const PAUSE = 150; // milliseconds between two looks
const SAME_AGAIN = 3000; // the same code again within this time is the same look

export async function watch(viewer, { detector, wasm }, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  const video = viewer.querySelector("video");
  const close = viewer.querySelector("button");
  let open = true;
  const end = () => {
    open = false;
    for (const track of stream.getTracks()) track.stop();
    viewer.hidden = true;
  };
  close.addEventListener("click", end, { once: true });
  try {
    const reader = await readerOf(detector, wasm);
    video.srcObject = stream;
    viewer.hidden = false;
    await video.play();
    look();

    let last = { code: "", at: 0 };
    async function look() {
      if (!open) return;
      const [code] = await reader.detect(video).catch(() => []);
      const now = Date.now();
      if (code?.rawValue && (code.rawValue !== last.code || now - last.at > SAME_AGAIN)) found(code.rawValue);
      if (code?.rawValue) last = { code: code.rawValue, at: now };
      setTimeout(look, PAUSE);
    }
  } catch (error) {
    end();
    throw error;
  }
}

async function readerOf(detector, wasm) {
  const own = globalThis.BarcodeDetector && (await globalThis.BarcodeDetector.getSupportedFormats());
  if (own?.includes("qr_code") && own.includes("code_128"))
    return new globalThis.BarcodeDetector({ formats: FORMATS.filter((format) => own.includes(format)) });
  await load(detector);
  const { BarcodeDetector, prepareZXingModule } = globalThis.BarcodeDetectionAPI;
  // Left alone it would ask a foreign host for its WebAssembly.
  prepareZXingModule({ overrides: { locateFile: (path) => (path.endsWith(".wasm") ? wasm : path) } });
  return new BarcodeDetector({ formats: FORMATS });
}

function load(address) {
  if (globalThis.BarcodeDetectionAPI) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}
