// The rest of the page's program (xtask/src/split.rs): code that nobody needs until the tab hashes is a file of its own, loaded behind.
// A page and the node's worker run this program, and each loads the rest for itself; the browser asks the relay once.

/// The page names its program, and tells its worker.
export function programUrl() {
  const named = globalThis.document?.querySelector('link[rel="modulepreload"][href^="/app-"]')?.getAttribute("href");
  return named ?? new URLSearchParams(location.search).get("program");
}

const restUrl = () => programUrl().replace(/\.js$/, "_rest.wasm");

/// A program that was not taken apart has no slots.
export const isHere = (exports) => !exports["~slots"] || exports["~is_here"]?.value === 1;

const join = (module, exports) => {
  if (!isHere(exports)) {
    new WebAssembly.Instance(module, { first: exports });
  }
};

export async function load(exports) {
  if (!isHere(exports)) {
    join(await WebAssembly.compileStreaming(fetch(restUrl())), exports);
  }
}

/// For code of the rest that is called before it is here: everything waits for it.
export function loadAtOnce(exports) {
  const request = new XMLHttpRequest();
  request.open("GET", restUrl(), false);
  // A page is given bytes at once only as a text.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) {
    throw new Error(`the rest of the program could not be loaded: the relay answered ${request.status}`);
  }
  join(new WebAssembly.Module(Uint8Array.from(request.responseText, (character) => character.charCodeAt(0))), exports);
}
