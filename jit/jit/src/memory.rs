//! Machine code in memory: Cranelift's functions in one reservation (`arena`).
//!
//! A unit becomes code in three steps: `lower` makes Cranelift's function, `Lowered::compile` makes
//! machine code of it (on any thread: it refers to nothing of the VM), `define` puts it into memory, from where `free` takes it.
//! Everything outside of a unit is reached by addresses in its code, so that a unit refers to nothing by name but itself.

use crate::Failing;
use crate::arena::{Arena, Pages};
use crate::contained;
use clif::Environment;
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{ExtFuncData, ExternalName, UserExternalName};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{Context, FinalizedMachReloc, FinalizedRelocTarget};
use cranelift_frontend::FunctionBuilderContext;
use ir::Unit;
use std::time::{Duration, Instant};

/// Contexts of Cranelift kept for later units. Each keeps room for the largest function that it ever held.
const SPARE_MAX: usize = 2;
/// Bytes reserved for code.
const RESERVED: usize = 256 << 20;

/// The code and what compilations reuse.
pub(crate) struct Memory {
    arena: Arena,
    isa: OwnedTargetIsa,
    builder: FunctionBuilderContext,
    spare: Vec<Box<Context>>,
}

/// Cranelift's function of a unit, before and after `compile`.
pub(crate) struct Lowered {
    /// Boxed, since it is 7 KB and goes through channels.
    context: Box<Context>,
    /// Text of Cranelift's function, if asked for.
    pub clif: Option<String>,
    /// The step that fails, for tests.
    failing: Option<Failing>,
    /// Time that `compile` took.
    pub time: Duration,
}

impl Lowered {
    /// Makes machine code; the error is Cranelift's.
    pub fn compile(&mut self, isa: &OwnedTargetIsa) -> Result<(), String> {
        let begun = Instant::now();
        let made = contained(|| {
            assert!(self.failing != Some(Failing::Encode), "encoding fails for a test");
            self.context.compile(isa.as_ref(), &mut ControlPlane::default()).map(|_| ()).map_err(|error| format!("{error:?}"))
        });
        self.time = begun.elapsed();
        made
    }
}

/// Code in memory.
pub(crate) struct Defined {
    /// Entry.
    pub entry: *const u8,
    /// Bytes of machine code.
    pub bytes: usize,
    /// Where it lies, to be given back.
    pub pages: Pages,
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
        Some(Memory { arena: Arena::reserve(RESERVED).ok()?, isa, builder: FunctionBuilderContext::new(), spare: Vec::new() })
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
        let mut context = self.spare.pop().unwrap_or_else(|| Box::new(Context::new()));
        context.clear();
        context.func.signature = clif::signature();
        let name = ExternalName::user(context.func.declare_imported_user_function(UserExternalName::default()));
        let signature = context.func.import_signature(clif::signature());
        let itself = context.func.import_function(ExtFuncData { name, signature, colocated: true, patchable: false });
        assert!(failing != Some(Failing::Lower), "lowering fails for a test");
        clif::lower(unit, &mut context.func, &mut self.builder, environment, itself, self.isa.frontend_config());
        context.set_disasm(asm);
        let clif = clif.then(|| context.func.display().to_string());
        Ok(Lowered { context, clif, failing, time: Duration::ZERO })
    }

    /// Puts compiled code into memory; the error is the arena's, and there is no use in trying again.
    pub fn define(&mut self, lowered: Lowered) -> Result<Defined, String> {
        contained(|| self.put(lowered))
    }

    fn put(&mut self, lowered: Lowered) -> Result<Defined, String> {
        let Lowered { context, failing, .. } = lowered;
        if failing == Some(Failing::Define) {
            return Err("no memory, for a test".to_string());
        }
        let compiled = context.compiled_code().ok_or("no code")?;
        let patch = |code: &mut [u8], at: *const u8| compiled.buffer.relocs().iter().try_for_each(|reloc| relocate(code, at, reloc));
        let pages = self.arena.place(compiled.code_buffer(), patch).map_err(|error| error.to_string())?;
        let (bytes, asm) = (compiled.code_buffer().len(), compiled.vcode.clone());
        if self.spare.len() < SPARE_MAX {
            self.spare.push(context);
        }
        Ok(Defined { entry: self.arena.address(&pages), bytes, asm, pages })
    }

    /// Takes back the memory of code that nobody runs any more.
    pub fn free(&mut self, pages: Pages) {
        self.arena.give_back(pages);
    }
}

/// Writes the address of a function into its own code, which is to run at `start`.
fn relocate(code: &mut [u8], start: *const u8, reloc: &FinalizedMachReloc) -> Result<(), String> {
    let FinalizedRelocTarget::ExternalName(ExternalName::User(_)) = reloc.target else {
        return Err(format!("a unit refers to {:?}", reloc.target));
    };
    let at = reloc.offset as usize;
    let target = (start as u64).wrapping_add_signed(reloc.addend);
    match reloc.kind {
        Reloc::Abs8 => code[at..at + 8].copy_from_slice(&target.to_le_bytes()),
        Reloc::X86CallPCRel4 | Reloc::X86PCRel4 => {
            let distance = target.wrapping_sub(start as u64 + at as u64) as i64;
            let distance = i32::try_from(distance).map_err(|_| format!("a call over {distance} bytes"))?;
            code[at..at + 4].copy_from_slice(&distance.to_le_bytes());
        }
        kind => return Err(format!("relocation {kind:?} has no form here")),
    }
    Ok(())
}

/// Cranelift checks its functions in builds with assertions.
fn verify_clif() -> &'static str {
    if cfg!(debug_assertions) { "true" } else { "false" }
}
