//! Programs do the same with regions outlined as they did before: some of our own, each with one difficulty, and arbitrary ones.

mod noise;
mod running;

use std::collections::BTreeSet;

use super::*;
use running::{Run, run};

/// Nothing is too short to be outlined.
const EVERYTHING: i64 = i64::MIN;

/// Outlines what there is with every choice of cold blocks of `f`, and calls it with all `arguments`. Answers how many functions were made
/// at most.
fn same_with_any_cold_blocks(f: &str, arguments: &[i32]) -> u32 {
    let wasm = wat::parse_str(format!(
        r#"(module (memory (export "memory") 1) (global $g (export "g") (mut i32) (i32.const 7))
            (func $trace (param i32) (i32.store8 (global.get $g) (local.get 0)) (global.set $g (i32.add (global.get $g) (i32.const 1))))
            (func $f (export "f") {f}))"#
    ))
    .unwrap();
    let program = Program::read(&wasm).unwrap();
    let blocks = crate::split::blocks::count(&program.bodies[1]).unwrap();
    assert!(blocks <= 12, "{blocks} blocks are too many to try all");
    let expected: Vec<Run> = arguments.iter().map(|argument| run(&wasm, "f", &[*argument])).collect();
    let mut made = 0;
    let mut seen = BTreeSet::new();
    for choice in 0..1_u32 << blocks {
        let outlined =
            outline(&wasm, &program, EVERYTHING, |function, block| function == 1 && choice & (1 << block) != 0);
        let outlined = outlined.unwrap();
        if !seen.insert(outlined.wasm.clone()) {
            continue;
        }
        Validator::new().validate_all(&outlined.wasm).unwrap();
        for (argument, expected) in arguments.iter().zip(&expected) {
            assert_eq!(&run(&outlined.wasm, "f", &[*argument]), expected, "f({argument}), cold blocks {choice:b}");
        }
        let functions = program::count(&Program::read(&outlined.wasm).unwrap().functions);
        made = made.max(functions - outlined.first);
    }
    made
}

const FEW: &[i32] = &[-1, 0, 1, 2, 3, 4, 5, 9];

#[test]
fn a_branch_out_of_two_blocks() {
    let f = "(param i32) (result i32) (local i32)
        (block $outer
            (block $inner
                (br_if $inner (i32.eqz (local.get 0)))
                (call $trace (i32.const 1))
                (br_if $outer (i32.eq (local.get 0) (i32.const 1)))
                (local.set 1 (i32.const 10))
                (call $trace (i32.const 2)))
            (call $trace (i32.const 3))
            (local.set 1 (i32.add (local.get 1) (i32.const 1))))
        (local.get 1)";
    assert!(same_with_any_cold_blocks(f, FEW) >= 2);
}

#[test]
fn a_return_with_a_value() {
    let f = "(param i32) (result i32)
        (if (local.get 0) (then
            (call $trace (i32.const 1))
            (if (i32.eq (local.get 0) (i32.const 2)) (then (return (i32.const 20))))
            (local.set 0 (i32.mul (local.get 0) (i32.const 3)))))
        (i32.add (local.get 0) (i32.const 100))";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn a_table_of_branches() {
    let f = "(param i32) (result i32) (local i32)
        (block $three (block $two (block $one
            (if (i32.lt_s (local.get 0) (i32.const 5)) (then
                (local.set 1 (i32.const 5))
                (br_table $one $two $three $one (local.get 0))))
            (local.set 1 (i32.const 6)))
            (call $trace (i32.const 1)) (local.set 1 (i32.add (local.get 1) (i32.const 10))))
            (call $trace (i32.const 2)) (local.set 1 (i32.add (local.get 1) (i32.const 100))))
        (local.get 1)";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn several_ways_out_and_one_goes_on() {
    let f = "(param i32) (result i32) (local i32)
        (block $far (block $near
            (if (i32.ge_s (local.get 0) (i32.const 0)) (then
                (local.set 1 (i32.add (local.get 0) (i32.const 1)))
                (br_if $near (i32.eq (local.get 0) (i32.const 1)))
                (br_if $far (i32.eq (local.get 0) (i32.const 2)))
                (call $trace (local.get 1))
                (local.set 1 (i32.add (local.get 1) (i32.const 5)))))
            (local.set 1 (i32.add (local.get 1) (i32.const 1000))))
            (local.set 1 (i32.mul (local.get 1) (i32.const 3))))
        (local.get 1)";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn blocks_with_values_and_a_way_out_without() {
    let f = "(param i32) (result i32)
        (local.set 0 (block $value (result i32)
            (block $none
                (br_if $none (i32.eqz (local.get 0)))
                (call $trace (i32.const 8))
                (br $value (i32.add (local.get 0) (i32.const 40))))
            (call $trace (i32.const 9))
            (if (result i32) (i32.eqz (global.get $g))
                (then (i32.const 50))
                (else (call $trace (i32.const 7)) (br_if $value (i32.const 60) (local.get 0))))))
        (i32.add (local.get 0) (global.get $g))";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn locals_that_are_written_and_read_behind() {
    let f = "(param i32) (result i64) (local i64 i32 i64)
        (local.set 1 (i64.const 1))
        (local.set 3 (i64.const 3))
        (if (local.get 0) (then
            (local.set 1 (i64.add (local.get 1) (i64.extend_i32_s (local.get 0))))
            (if (i32.eq (local.get 0) (i32.const 3)) (then (local.set 3 (i64.const 33))))
            (local.set 2 (i32.wrap_i64 (local.get 1)))))
        (i64.add (i64.add (i64.mul (local.get 1) (i64.const 1000)) (local.get 3)) (i64.extend_i32_s (local.get 2)))";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn a_loop_in_a_region_and_a_region_that_ends_a_round() {
    let f = "(param i32) (result i32) (local i32 i32)
        (loop $rounds
            (block $round
                (br_if $round (i32.and (local.get 0) (i32.const 1)))
                (local.set 2 (i32.const 3))
                (loop $inner
                    (local.set 1 (i32.add (local.get 1) (local.get 2)))
                    (br_if $inner (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
                (call $trace (local.get 1)))
            (br_if $rounds (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0)))
            (call $trace (i32.const 99)))
        (i32.add (local.get 1) (local.get 2))";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn a_region_that_begins_another_round() {
    let f = "(param i32) (result i32) (local i32)
        (loop $rounds
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (if (i32.gt_s (local.get 0) (i32.const 0)) (then
                (local.set 1 (i32.add (local.get 1) (local.get 0)))
                (br_if $rounds (i32.ne (local.get 0) (i32.const 2)))
                (call $trace (i32.const 4)))))
        (local.get 1)";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn a_local_that_only_the_next_round_reads() {
    let f = "(param i32) (result i32) (local i32)
        (loop $rounds
            (call $trace (local.get 1))
            (if (i32.and (local.get 0) (i32.const 1)) (then (call $trace (i32.const 7)) (local.set 1 (local.get 0))))
            (br_if $rounds (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
        (i32.const 3)";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn a_local_that_is_only_read_where_a_branch_leads() {
    let f = "(param i32) (result i32) (local i32)
        (block $out
            (if (local.get 0) (then (call $trace (i32.const 7)) (local.set 1 (i32.const 5))))
            (br_if $out (i32.eq (local.get 0) (i32.const 2)))
            (local.set 1 (i32.const 9)))
        (local.get 1)";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn a_local_that_is_only_read_where_a_table_does_not_lead_by_default() {
    let f = "(param i32) (result i32) (local i32)
        (block $default
            (block $first
                (if (local.get 0) (then (call $trace (i32.const 7)) (local.set 1 (i32.const 5))))
                (br_table $first $first $default (local.get 0)))
            (return (local.get 1)))
        (i32.const 3)";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn a_local_that_is_teed_and_one_that_is_read_before_anybody_wrote_it() {
    let f = "(param i32) (result i32) (local i32 i32)
        (if (local.get 0) (then
            (local.set 1 (i32.add (local.tee 2 (i32.const 5)) (local.get 1)))
            (call $trace (local.get 2)))
        (else (local.set 2 (i32.add (local.get 2) (i32.const 2)))))
        (i32.add (local.get 1) (i32.mul (local.get 2) (i32.const 100)))";
    assert!(same_with_any_cold_blocks(f, FEW) >= 2);
}

#[test]
fn regions_in_regions_and_code_that_traps() {
    let f = "(param i32) (result i32)
        (if (local.get 0) (then
            (call $trace (i32.const 1))
            (if (i32.gt_s (local.get 0) (i32.const 1)) (then
                (call $trace (i32.const 2))
                (if (i32.gt_s (local.get 0) (i32.const 2)) (then (call $trace (i32.const 3)) unreachable))
                (local.set 0 (i32.const 70))))))
        (local.get 0)";
    assert!(same_with_any_cold_blocks(f, FEW) >= 1);
}

#[test]
fn only_what_is_worth_it_is_outlined() {
    let wasm = wat::parse_str("(module (func (param i32) (if (local.get 0) (then (drop (i32.const 5))))))").unwrap();
    let program = Program::read(&wasm).unwrap();
    for (worth, made) in [(EVERYTHING, 1), (12, 0)] {
        let outlined = outline(&wasm, &program, worth, |_, block| block == 1).unwrap();
        assert_eq!(program::count(&Program::read(&outlined.wasm).unwrap().functions) - outlined.first, made);
    }
}

#[test]
fn a_program_with_ways_out_that_are_not_known_is_refused() {
    let wasm = wat::parse_str("(module (func $f (return_call $f)))").unwrap();
    assert!(outline(&wasm, &Program::read(&wasm).unwrap(), 0, |_, _| true).is_err());
}
