//! Machine code in memory: Cranelift's module over one reservation (`arena`).
//!
//! A unit becomes code in three steps: `lower` makes Cranelift's function, `Lowered::compile` makes
//! machine code of it (on any thread: it refers to nothing of the VM), `define` puts it into memory.

use crate::Failing;
use crate::arena::Arena;
use crate::contained;
use clif::Environment;
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module, ModuleReloc};
use ir::Unit;

/// Bytes reserved for code.
const RESERVED: usize = 256 << 20;

/// The module and what compilations reuse.
pub(crate) struct Memory {
    module: JITModule,
    isa: OwnedTargetIsa,
    builder: FunctionBuilderContext,
    spare: Vec<Box<Context>>,
}

/// Cranelift's function of a unit, before and after `compile`.
pub(crate) struct Lowered {
    /// Boxed, since it is 7 KB and goes through channels.
    context: Box<Context>,
    id: FuncId,
    /// Text of Cranelift's function, if asked for.
    pub clif: Option<String>,
    /// The step that fails, for tests.
    failing: Option<Failing>,
}

impl Lowered {
    /// Makes machine code; the error is Cranelift's.
    pub fn compile(&mut self, isa: &OwnedTargetIsa) -> Result<(), String> {
        contained(|| {
            assert!(self.failing != Some(Failing::Encode), "encoding fails for a test");
            self.context.compile(isa.as_ref(), &mut ControlPlane::default()).map(|_| ()).map_err(|error| format!("{error:?}"))
        })
    }
}

/// Code in memory.
pub(crate) struct Defined {
    /// Entry.
    pub entry: *const u8,
    /// Bytes of machine code.
    pub bytes: usize,
    /// Text of the machine code, if asked for.
    pub asm: Option<String>,
}

impl Memory {
    /// Reserves memory; None where the machine is not supported.
    pub fn new() -> Option<Memory> {
        // Other processors want their instruction caches told of new code.
        if !cfg!(target_arch = "x86_64") {
            return None;
        }
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", "speed"),
            ("use_colocated_libcalls", "false"),
            ("is_pic", "false"),
            ("enable_verifier", verify_clif()),
            ("enable_probestack", "false"),
            ("unwind_info", "false"),
        ] {
            flags.set(name, value).ok()?;
        }
        let isa = cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()?;
        let mut builder = JITBuilder::with_isa(isa.clone(), cranelift_module::default_libcall_names());
        builder.memory_provider(Box::new(Arena::reserve(RESERVED).ok()?));
        Some(Memory { module: JITModule::new(builder), isa, builder: FunctionBuilderContext::new(), spare: Vec::new() })
    }

    /// What machine code is made for.
    pub fn isa(&self) -> &OwnedTargetIsa {
        &self.isa
    }

    /// Lowers a unit; the error is Cranelift's.
    pub fn lower(
        &mut self,
        unit: &Unit,
        environment: &mut Environment<'_>,
        clif: bool,
        asm: bool,
        failing: Option<Failing>,
    ) -> Result<Lowered, String> {
        let lowered = contained(|| self.make(unit, environment, clif, asm, failing));
        if lowered.is_err() {
            // It may hold half a function.
            self.builder = FunctionBuilderContext::new();
        }
        lowered
    }

    fn make(&mut self, unit: &Unit, environment: &mut Environment<'_>, clif: bool, asm: bool, failing: Option<Failing>) -> Result<Lowered, String> {
        let mut context = self.spare.pop().unwrap_or_else(|| Box::new(self.module.make_context()));
        self.module.clear_context(&mut context);
        context.func.signature = clif::signature();
        let id = self.module.declare_anonymous_function(&clif::signature()).map_err(|error| error.to_string())?;
        let itself = self.module.declare_func_in_func(id, &mut context.func);
        assert!(failing != Some(Failing::Lower), "lowering fails for a test");
        clif::lower(unit, &mut context.func, &mut self.builder, environment, itself, self.module.target_config());
        context.set_disasm(asm);
        let clif = clif.then(|| context.func.display().to_string());
        Ok(Lowered { context, id, clif, failing })
    }

    /// Puts compiled code into memory; the error is the module's, and there is no use in trying again.
    pub fn define(&mut self, lowered: Lowered) -> Result<Defined, String> {
        contained(|| self.put(lowered))
    }

    fn put(&mut self, lowered: Lowered) -> Result<Defined, String> {
        let Lowered { context, id, failing, .. } = lowered;
        if failing == Some(Failing::Define) {
            return Err("no memory, for a test".to_string());
        }
        let compiled = context.compiled_code().ok_or("no code")?;
        let relocations: Vec<ModuleReloc> =
            compiled.buffer.relocs().iter().map(|reloc| ModuleReloc::from_mach_reloc(reloc, &context.func, id)).collect();
        let alignment = u64::from(compiled.buffer.alignment);
        self.module.define_function_bytes(id, alignment, compiled.code_buffer(), &relocations).map_err(|error| error.to_string())?;
        let (bytes, asm) = (compiled.code_buffer().len(), compiled.vcode.clone());
        self.module.finalize_definitions().map_err(|error| error.to_string())?;
        self.spare.push(context);
        Ok(Defined { entry: self.module.get_finalized_function(id), bytes, asm })
    }
}

/// Cranelift checks its functions in builds with assertions.
fn verify_clif() -> &'static str {
    if cfg!(debug_assertions) { "true" } else { "false" }
}
