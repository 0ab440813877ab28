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
    let program = wat::parse_str(PROGRAM).unwrap();
    let is_later = |function: &Described| function.name.as_deref().is_some_and(|name| later.contains(&name));
    let fates = describe(&program)
        .unwrap()
        .iter()
        .map(|function| if is_later(function) { Fate::Later } else { Fate::Stays })
        .collect::<Vec<_>>();
    take_apart(&program, &fates).unwrap()
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
    assert!(take_apart(&without, &[Fate::Later]).is_err());
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
    // By an interpreter: this Node.js knows no second memory.
    let engine = wasmi::Engine::default();
    let noting = wasmi::Module::new(&engine, note_what_runs(&program).unwrap()).unwrap();
    let mut store = wasmi::Store::new(&engine, ());
    let mut linker = wasmi::Linker::new(&engine);
    linker.func_wrap("host", "load", || ()).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &noting).unwrap();
    let ran = |store: &wasmi::Store<()>| {
        let notes = instance.get_memory(store, "~ran").unwrap();
        (0..).zip(notes.data(store)).filter_map(|(block, ran)| (*ran != 0).then_some(block)).collect::<Vec<u32>>()
    };
    assert!(ran(&store).is_empty());
    let is_even = instance.get_typed_func::<i32, i32>(&store, "is_even").unwrap();
    is_even.call(&mut store, 0).unwrap();
    let functions = describe(&program).unwrap();
    let blocks: Vec<usize> = functions.iter().map(|function| function.blocks.len()).collect();
    assert_eq!(blocks, [4, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    // Of `even` the beginning, the first side and what is behind both; `note`; and `is_even`, which has no name.
    assert_eq!(ran(&store), [0, 1, 3, 8, 11]);
}

#[test]
fn a_part_of_a_function_goes_alone() {
    let program = r#"(module
        (import "host" "load" (func $load))
        (memory (export "memory") 1)
        (table 0 funcref)
        (global i32 (i32.const 0))
        (func $twice (export "twice") (param i32) (result i32) (local i32)
            (if (i32.gt_s (local.get 0) (i32.const 100)) (then
                (i32.store (i32.const 16) (local.get 0))
                (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (i32.const 1)))
                (i32.store (i32.const 24) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
                (local.set 1 (i32.const 1000000))
                (if (i32.eq (local.get 0) (i32.const 101)) (then (return (i32.const -1))))))
            (i32.add (i32.mul (local.get 0) (i32.const 2)) (local.get 1)))
        (func $load_rest (export "load_rest") (call $load)))"#;
    let program = wat::parse_str(program).unwrap();
    let part = || [Fate::LaterIn(BTreeSet::from([1, 2, 3])), Fate::Stays];
    let parts = take_apart(&program, &part()).unwrap();
    let script = "const small = [first.twice(4), loads];
        const large = [101, 102, 103].map((number) => first.twice(number));
        console.log(JSON.stringify([small, large, Array.from(new Int32Array(first.memory.buffer, 16, 3)), loads]));";
    let expected = "[[8,0],[-1,1000204,1000206],[103,3,104],1]";
    assert_eq!(run("part", &parts.first, &parts.rest, script), expected);
    // The loader may not need itself.
    let own = take_apart(&program, &[Fate::Stays, Fate::LaterIn(BTreeSet::from([0]))]).unwrap();
    assert!(own.first.len() > parts.first.len());
    assert_eq!(
        run("own", &own.first, &own.rest, "first.load_rest(); console.log(first.twice(103), loads);"),
        "1000206 1"
    );
}

/// LLVM's functions that call no other keep their frame below the stack pointer and leave that where it is.
#[test]
fn what_a_function_keeps_below_the_stack_pointer_outlives_the_loader() {
    let program = r#"(module
        (import "host" "load" (func $load))
        (memory (export "memory") 1)
        (table 0 funcref)
        (global $stack_pointer (mut i32) (i32.const 1024))
        (func (export "leaf") (param i32) (result i32) (local i32)
            (local.set 1 (i32.sub (global.get $stack_pointer) (i32.const 16)))
            (i32.store offset=12 (local.get 1) (i32.const 7))
            (if (local.get 0) (then
                (i32.store (i32.const 16) (local.get 0))
                (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (i32.const 1)))
                (i32.store (i32.const 24) (i32.add (i32.load (i32.const 16)) (i32.const 1)))))
            (i32.load offset=12 (local.get 1)))
        (func $load_rest (export "load_rest") (local i32)
            (global.set $stack_pointer (local.tee 0 (i32.sub (global.get $stack_pointer) (i32.const 16))))
            (i32.store offset=12 (local.get 0) (i32.const 0))
            (call $load)
            (global.set $stack_pointer (i32.add (local.get 0) (i32.const 16)))))"#;
    let program = wat::parse_str(program).unwrap();
    let parts = take_apart(&program, &[Fate::LaterIn(BTreeSet::from([1])), Fate::Stays]).unwrap();
    let script = "console.log(JSON.stringify([first.leaf(0), loads, first.leaf(1), loads, first.leaf(2)]));";
    assert_eq!(run("red-zone", &parts.first, &parts.rest, script), "[7,0,7,1,7]");
    let two = program_with_globals("(global (mut i32) (i32.const 0)) (global (mut i32) (i32.const 0))");
    assert!(take_apart(&two, &[Fate::Stays]).is_err_and(|error| error.to_string().contains("stack pointer")));
}

fn program_with_globals(globals: &str) -> Vec<u8> {
    let program = format!(
        r#"(module (import "host" "load" (func $load)) (memory 1) {globals} (func (export "load_rest") (call $load)))"#
    );
    wat::parse_str(program).unwrap()
}

#[test]
fn a_block_keeps_its_mark_when_other_code_changes() {
    let blocks = |before: &str, first: &str, second: &str, local: u32, address: u32| {
        let program = format!(
            "(module (memory 1) {before} (func $called (param i32))
                (func $f (param i32) (local i32 i32 i32)
                    (if (local.get 0)
                        (then (local.set {local} (i32.const {address})) (call $called (i32.load offset=8 (local.get {local}))) {first})
                        (else (call $called (i32.const 3)) (call $called (i32.const {address})) {second}))))"
        );
        describe(&wat::parse_str(program).unwrap()).unwrap().pop().unwrap().blocks
    };
    let old = blocks("", "(call $called (i32.const 1))", "(call $called (i32.const 5))", 1, 1_048_576);
    let other_numbers = blocks(
        "(func) (type (func (result i32)))",
        "(call $called (i32.const 1))",
        "(call $called (i32.const 5))",
        2,
        1_090_000,
    );
    assert_eq!(other_numbers, old);
    let changed = blocks("", "(call $called (i32.const 2))", "(call $called (i32.const 5))", 1, 1_048_576);
    let is_same: Vec<bool> = old.iter().zip(&changed).map(|(old, changed)| old == changed).collect();
    // The function, the first side and the second; the last is too short.
    assert_eq!(is_same, [false, false, true, true]);
    assert!(old[..3].iter().all(Option::is_some) && old[3].is_none());
}

fn names(program: &[u8]) -> Vec<String> {
    describe(program).unwrap().into_iter().map(|function| function.name.unwrap_or_default()).collect()
}

#[test]
fn names_are_without_hashes() {
    let program = |symbol: &str| wat::parse_str(format!("(module (memory 1) (func (@name \"{symbol}\")))")).unwrap();
    let legacy = "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE.llvm.1234";
    assert_eq!(names(&program(legacy)), ["core::fmt::Formatter::pad"]);
    let symbol = "_RNvCskwGfYPst2Cb_3foo16example_function";
    assert_eq!(names(&program(symbol)), ["foo::example_function"]);
    assert_eq!(names(&program(&format!("{symbol} externref shim"))), ["foo::example_function externref shim"]);
    assert_eq!(names(&program("__wbg_now_0123456789abcdef externref shim")), ["__wbg_now externref shim"]);
}

#[test]
fn no_two_functions_cross_under_one_name() {
    let names: BTreeSet<String> = (0..5_000).map(short_name).collect();
    assert_eq!(names.len(), 5_000);
    assert_eq!(short_name(0), "f0");
}
