//! Programs that are taken apart and run, by Node.js.

use std::fs;
use std::process::Command;

use super::*;

/// `even` and `odd` call each other, `odd` through a table; both count their calls in a global and remember the last number in memory.
const PROGRAM: &str = r#"(module $program
    (import "host" "load" (func $load))
    (type $predicate (func (param i32) (result i32)))
    (memory (export "memory") 1)
    (global $calls (mut i32) (i32.const 0))
    (table 2 funcref)
    (elem (i32.const 0) $even $odd)
    (func $even (type $predicate)
        (call $note (local.get 0))
        (if (result i32) (i32.eqz (local.get 0))
            (then (i32.const 1))
            (else (call_indirect (type $predicate) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))))
    (func $odd (type $predicate)
        (call $note (local.get 0))
        (if (result i32) (i32.eqz (local.get 0))
            (then (i32.const 0))
            (else (call $even (i32.sub (local.get 0) (i32.const 1))))))
    (func $note (param i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (i32.store (i32.const 16) (local.get 0)))
    (func $unused (export "unused") (result i32) (i32.const 5))
    (func (export "calls") (result i32) (global.get $calls))
    (func (export "is_even") (param i32) (result i32) (call $even (local.get 0)))
    (func $third (param i32 i64 f64) (result f64) (call $note (local.get 0)) (local.get 2))
    (func (export "third") (result f64) (call $third (i32.const 4) (i64.const 5) (f64.const 6.5)))
    (func $loads_again (call $load))
    (func $ask (call $load))
    (func $load_rest (export "load_rest") (call $ask)))"#;

/// What Node.js prints that runs `script`, which has the program's `parts` and `join()`.
fn run(name: &str, first: &[u8], rest: &[u8], script: &str) -> String {
    let folder = std::env::temp_dir().join(format!("tabchain-xtask-split-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("first.wasm"), first).unwrap();
    fs::write(folder.join("rest.wasm"), rest).unwrap();
    let prelude = "const read = (name) => new WebAssembly.Module(require('fs').readFileSync(name));
        let loads = 0;
        const join = () => { loads += 1; new WebAssembly.Instance(read('rest.wasm'), { first }); };
        const first = new WebAssembly.Instance(read('first.wasm'), { host: { load: join } }).exports;";
    let node = Command::new("node").arg("-e").arg(format!("{prelude}{script}")).current_dir(&folder).output();
    let output = node.expect("Node.js is there");
    fs::remove_dir_all(&folder).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn apart(later: &[&str]) -> Parts {
    take_apart(&wat::parse_str(PROGRAM).unwrap(), |name| later.contains(&name)).unwrap()
}

#[test]
fn the_rest_is_loaded_once_and_when_it_is_called() {
    let parts = apart(&["odd", "unused"]);
    let script = "const before = [loads, first.is_even(0), loads];
        console.log(JSON.stringify([before, first.is_even(7), first.is_even(8), loads, first.unused(), loads]));";
    assert_eq!(run("once", &parts.first, &parts.rest, script), "[[0,1,0],0,1,1,5,1]");
}

#[test]
fn both_parts_have_one_memory_and_one_number_for_every_global() {
    // `note` stays: the rest calls back. Then it goes: the first part calls it.
    for (name, later) in [("back", ["odd", "even"]), ("forth", ["odd", "note"])] {
        let parts = apart(&later);
        let script = "first.is_even(9);
            console.log(JSON.stringify([first.calls(), new Int32Array(first.memory.buffer)[4], loads]));";
        assert_eq!(run(name, &parts.first, &parts.rest, script), "[10,0,1]");
    }
}

#[test]
fn a_rest_that_came_before_anybody_called_is_not_loaded_again() {
    let parts = apart(&["odd"]);
    let script = "join(); console.log(JSON.stringify([first.is_even(3), loads]));";
    assert_eq!(run("before", &parts.first, &parts.rest, script), "[0,1]");
}

#[test]
fn the_loader_stays_and_a_program_without_one_is_refused() {
    let parts = apart(&["load_rest", "ask", "load", "odd"]);
    assert_eq!(run("loader", &parts.first, &parts.rest, "console.log(first.is_even(1), loads);"), "0 1");
    let without = wat::parse_str(r#"(module (memory 1) (func $f (export "f")))"#).unwrap();
    assert!(take_apart(&without, |_| true).is_err());
}

#[test]
fn a_stub_passes_on_all_that_it_is_given_and_a_rest_may_call_what_the_program_imports() {
    let parts = apart(&["third", "note", "loads_again"]);
    let script = "console.log(first.third(), new Int32Array(first.memory.buffer)[4], loads);";
    assert_eq!(run("given", &parts.first, &parts.rest, script), "6.5 4 1");
}

#[test]
fn what_runs_is_noted() {
    let program = wat::parse_str(PROGRAM).unwrap();
    let noting = note_what_runs(&program).unwrap();
    let script = "first.is_even(0);
        console.log(Object.keys(first).filter((name) => /^~\\d+$/.test(name) && first[name].value));";
    let ran = run("noting", &noting, &[], script);
    // even, note, and is_even, which has no name.
    assert_eq!(ran, "[ '~0', '~2', '~5' ]");
    let all = ["even", "odd", "note", "unused", "", "", "third", "", "loads_again", "ask", "load_rest"];
    assert_eq!(names(&program).unwrap(), all);
}

#[test]
fn names_are_without_hashes() {
    let program = |symbol: &str| wat::parse_str(format!("(module (memory 1) (func (@name \"{symbol}\")))")).unwrap();
    let legacy = "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE.llvm.1234";
    assert_eq!(names(&program(legacy)).unwrap(), ["core::fmt::Formatter::pad"]);
    let symbol = "_RNvCskwGfYPst2Cb_3foo16example_function";
    assert_eq!(names(&program(symbol)).unwrap(), ["foo::example_function"]);
    assert_eq!(names(&program(&format!("{symbol} externref shim"))).unwrap(), ["foo::example_function externref shim"]);
    assert_eq!(names(&program("__wbg_now_0123456789abcdef externref shim")).unwrap(), ["__wbg_now externref shim"]);
}

#[test]
fn no_two_functions_cross_under_one_name() {
    let names: BTreeSet<String> = (0..5_000).map(short_name).collect();
    assert_eq!(names.len(), 5_000);
    assert_eq!(short_name(0), "f0");
}
