// The rest of the page's program (xtask/src/split.rs): code that nobody needs until the tab hashes is a file of its own, loaded behind.
// A page and the node's worker run this program, each with a rest for itself; the browser's cache has it for the second.

/// The page names its program, and tells its worker.
export function programUrl() {
  const named = globalThis.document?.querySelector('link[rel="modulepreload"][href^="/app-"][href$=".js"]:not([href$="_rest.js"])');
  return named?.getAttribute("href") ?? new URLSearchParams(location.search).get("program");
}

const restUrl = () => programUrl().replace(/\.js$/, "_rest.wasm");

/// A program that was not taken apart has no slots.
export const isHere = (exports) => !exports["~slots"] || exports["~is_here"]?.value === 1;

/// Joining twice does no harm: the functions are the same.
export async function load(exports) {
  if (!isHere(exports)) {
    const answer = await fetch(restUrl(), { priority: "low" });
    if (!answer.ok) {
      throw new Error(`the relay answered ${answer.status}`);
    }
    await WebAssembly.instantiate(await answer.arrayBuffer(), { first: exports });
  }
}

/// For code of the rest that is called before it is here: everything waits for it.
export function loadAtOnce(exports) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      new WebAssembly.Instance(new WebAssembly.Module(fetchAtOnce()), { first: exports });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) {
        // The caller is left in the middle of its work, so this program is at its end. A page says so; a worker is started anew by it.
        globalThis.programFailed?.();
        throw error;
      }
    }
  }
}

const ATTEMPTS = 3;

function fetchAtOnce() {
  const request = new XMLHttpRequest();
  request.open("GET", restUrl(), false);
  // A page is given bytes at once only as a text.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) {
    throw new Error(`the rest of the program could not be loaded: the relay answered ${request.status}`);
  }
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0));
}
