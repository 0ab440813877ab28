//! Modules that `wasm-smith` makes of noise.

use sha2::{Digest, Sha256};
use wasm_smith::Config;
use wasmi::Val;

use super::running::Program as Running;
use super::*;

const MODULES: u64 = 400;
const NOISE_BYTES: usize = 20_000;
const CALLS_PER_FUNCTION: usize = 3;
/// Rounds of loops and calls, after which a program traps; not so many that it would run out of stack.
const FUEL: u32 = 100;

/// The same bytes for the same seed.
struct Noise {
    seed: u64,
    drawn: u64,
}

impl Noise {
    fn number(&mut self) -> u64 {
        let digest =
            Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(self.drawn.to_be_bytes()).finalize();
        self.drawn += 1;
        u64::from_be_bytes(std::array::from_fn(|byte| digest[byte]))
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.number().to_be_bytes()).flatten().take(count).collect()
    }

    fn argument(&mut self, ty: wasmi::ValType) -> Val {
        // Small numbers are more often looked at.
        let number = if self.number().is_multiple_of(2) { self.number() } else { self.number() % 8 };
        let [.., a, b, c, d] = number.to_be_bytes();
        let lower = u32::from_be_bytes([a, b, c, d]);
        match ty {
            wasmi::ValType::I32 => Val::I32(lower.cast_signed()),
            wasmi::ValType::I64 => Val::I64(number.cast_signed()),
            wasmi::ValType::F32 => Val::F32(wasmi::F32::from_bits(lower)),
            wasmi::ValType::F64 => Val::F64(wasmi::F64::from_bits(number)),
            other => Val::default_for_ty(other),
        }
    }
}

fn module(noise: &mut Noise, seed: u64) -> Vec<u8> {
    let config = Config {
        // Half of them: else most end soon, by an address that is nowhere.
        disallow_traps: seed.is_multiple_of(2),
        export_everything: true,
        min_funcs: 4,
        max_funcs: 12,
        max_instructions: 300,
        max_imports: 0,
        max_memory32_bytes: 1 << 20,
        min_memories: 1,
        max_memories: 1,
        memory_max_size_required: true,
        max_table_elements: 100,
        allow_start_export: false,
        // What the web app is compiled to.
        exceptions_enabled: false,
        gc_enabled: false,
        tail_call_enabled: false,
        simd_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        memory64_enabled: false,
        wide_arithmetic_enabled: false,
        extended_const_enabled: false,
        compact_imports_enabled: false,
        ..Config::default()
    };
    let bytes = noise.bytes(NOISE_BYTES);
    let mut module = wasm_smith::Module::new(config, &mut arbitrary::Unstructured::new(&bytes)).unwrap();
    module.ensure_termination(FUEL).unwrap();
    module.to_bytes()
}

#[test]
fn arbitrary_modules_do_the_same_with_arbitrary_blocks_outlined() {
    let (mut made, mut called) = (0, 0);
    for seed in 0..MODULES {
        let mut noise = Noise { seed, drawn: 0 };
        let wasm = module(&mut noise, seed);
        let program = Program::read(&wasm).unwrap();
        // From nearly all to a few.
        let one_in = 1 + seed % 7;
        let mut coin = Noise { seed, drawn: 1 << 32 };
        let cold: Vec<Vec<bool>> = (program.bodies.iter())
            .map(|body| {
                let blocks = crate::split::blocks::count(body).unwrap();
                (0..blocks).map(|_| coin.number().is_multiple_of(one_in)).collect()
            })
            .collect();
        let is_cold = |function: u32, block: u32| cold[function as usize][block as usize];
        let outlined = outline(&wasm, &program, EVERYTHING, is_cold).unwrap();
        Validator::new().validate_all(&outlined.wasm).unwrap();
        made += program::count(&Program::read(&outlined.wasm).unwrap().functions) - outlined.first;
        let (Some(mut before), Some(mut after)) = (Running::start(&wasm), Running::start(&outlined.wasm)) else {
            continue;
        };
        for (function, types) in before.functions() {
            for _ in 0..CALLS_PER_FUNCTION {
                let arguments: Vec<Val> = types.iter().map(|ty| noise.argument(*ty)).collect();
                let (expected, run) = (before.call(&function, &arguments), after.call(&function, &arguments));
                assert_eq!(run, expected, "module {seed}, {function}({arguments:?})");
                called += 1;
            }
        }
    }
    assert!(made > 2_000 && called > 2_000, "{made} functions made and {called} calls are too few to say anything");
}
