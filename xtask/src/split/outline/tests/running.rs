//! Runs a program and keeps all that can be seen of it.

use wasmi::{Engine, Extern, Instance, Linker, Module, Store, Val};

/// What came of a call: the results or the trap, then the exported globals and memories.
#[derive(PartialEq, Debug)]
pub struct Run {
    results: Result<Vec<String>, String>,
    state: Vec<String>,
}

/// Calls an exported function of a new instance.
pub fn run(wasm: &[u8], function: &str, arguments: &[i32]) -> Run {
    let arguments: Vec<Val> = arguments.iter().map(|argument| Val::I32(*argument)).collect();
    Program::start(wasm).expect("it can be instantiated").call(function, &arguments)
}

pub struct Program {
    store: Store<()>,
    instance: Instance,
}

impl Program {
    /// None if what it does as it begins traps.
    pub fn start(wasm: &[u8]) -> Option<Self> {
        let engine = Engine::default();
        let module = Module::new(&engine, wasm).expect("a valid module");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).ok()?;
        Some(Self { store, instance })
    }

    /// The names of all exported functions, each with the types of its parameters.
    pub fn functions(&self) -> Vec<(String, Vec<wasmi::ValType>)> {
        let functions = self.instance.exports(&self.store).filter_map(|export| {
            let name = export.name().to_owned();
            Some((name, export.into_func()?.ty(&self.store).params().to_vec()))
        });
        functions.collect()
    }

    pub fn call(&mut self, function: &str, arguments: &[Val]) -> Run {
        let function = self.instance.get_func(&self.store, function).expect("it is exported");
        let ty = function.ty(&self.store);
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
        let answer = function.call(&mut self.store, arguments, &mut results);
        let results = match answer {
            Ok(()) => Ok(results.iter().map(seen).collect()),
            Err(error) => Err(error.to_string()),
        };
        Run { results, state: self.state() }
    }

    fn state(&self) -> Vec<String> {
        let mut state: Vec<String> = Vec::new();
        for export in self.instance.exports(&self.store) {
            let name = export.name().to_owned();
            match export.into_extern() {
                Extern::Global(global) => state.push(format!("{name} = {}", seen(&global.get(&self.store)))),
                Extern::Memory(memory) => {
                    let bytes = memory.data(&self.store);
                    let digest = <sha2::Sha256 as sha2::Digest>::digest(bytes);
                    state.push(format!("{name}: {} bytes {}", bytes.len(), hex::encode(digest)));
                }
                Extern::Table(_) | Extern::Func(_) => {}
            }
        }
        state
    }
}

/// To the bit; of a reference, whether there is one.
fn seen(value: &Val) -> String {
    match value {
        Val::F32(float) => format!("f32 {:x}", float.to_bits()),
        Val::F64(float) => format!("f64 {:x}", float.to_bits()),
        Val::FuncRef(function) => format!("function {}", function.is_null()),
        Val::ExternRef(thing) => format!("thing {}", thing.is_null()),
        number => format!("{number:?}"),
    }
}
