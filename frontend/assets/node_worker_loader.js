// The node's worker runs the page's own program, which is here already. Only the page knows its name, which changes with its content.
const program = new URLSearchParams(location.search).get("program");
const { default: init } = await import(program);
await init({ module_or_path: program.replace(/\.js$/, "_bg.wasm") });
