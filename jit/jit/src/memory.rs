//! Machine code in memory: Cranelift's module over one reservation, so that code never moves and calls
//! between units reach. Code is not freed: a frame may still return into an invalid unit.

use clif::Environment;
use cranelift_codegen::Context;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::Module;
use ir::Unit;

/// Bytes reserved for code.
const RESERVED: usize = 256 << 20;

/// The module and what compilations reuse.
pub(crate) struct Memory {
    module: JITModule,
    context: Context,
    builder: FunctionBuilderContext,
}

/// A compiled function.
pub(crate) struct Compiled {
    /// Entry.
    pub entry: *const u8,
    /// Bytes of machine code.
    pub bytes: usize,
    /// Text of Cranelift's function, if asked for.
    pub clif: Option<String>,
    /// Text of the machine code, if asked for.
    pub asm: Option<String>,
}

impl Memory {
    /// Reserves memory; None where the machine is not supported.
    pub fn new() -> Option<Memory> {
        let mut flags = settings::builder();
        for (name, value) in [("opt_level", "speed"), ("use_colocated_libcalls", "false"), ("is_pic", "false"), ("enable_verifier", verify_clif()), ("enable_probestack", "false"), ("unwind_info", "false")] {
            flags.set(name, value).ok()?;
        }
        let isa = cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()?;
        let mut builder = JITBuilder::with_isa(isa, cranelift_module::default_libcall_names());
        builder.memory_provider(Box::new(ArenaMemoryProvider::new_with_size(RESERVED).ok()?));
        let module = JITModule::new(builder);
        let context = module.make_context();
        Some(Memory { module, context, builder: FunctionBuilderContext::new() })
    }

    /// Compiles a unit; the error is Cranelift's.
    pub fn compile(&mut self, unit: &Unit, environment: &mut Environment<'_>, clif: bool, asm: bool) -> Result<Compiled, String> {
        self.module.clear_context(&mut self.context);
        self.context.func.signature = clif::signature();
        let id = self.module.declare_anonymous_function(&clif::signature()).map_err(|error| error.to_string())?;
        let itself = self.module.declare_func_in_func(id, &mut self.context.func);
        clif::lower(unit, &mut self.context.func, &mut self.builder, environment, itself, self.module.target_config());
        let text = clif.then(|| self.context.func.display().to_string());
        self.context.set_disasm(asm);
        self.module.define_function(id, &mut self.context).map_err(|error| format!("{error:?}"))?;
        let compiled = self.context.compiled_code().ok_or("no code")?;
        let (bytes, listing) = (compiled.code_info().total_size as usize, compiled.vcode.clone());
        self.module.finalize_definitions().map_err(|error| error.to_string())?;
        Ok(Compiled { entry: self.module.get_finalized_function(id), bytes, clif: text, asm: listing })
    }
}

/// Cranelift checks its functions in builds with assertions.
fn verify_clif() -> &'static str {
    if cfg!(debug_assertions) { "true" } else { "false" }
}
