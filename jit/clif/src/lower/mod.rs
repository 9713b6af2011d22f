//! The lowering of a unit: blocks and instructions in order; what seldom runs goes into cold blocks
//! that are filled in at the end. Each row of the table of operations has a function of its name in one of the families.

mod call;
mod exit;
mod frame;
mod number;
mod object;
#[cfg(test)]
mod tests;
mod text;

use ::ir::{BlockId, Edge, ExitId, Inst, Op, Repr, Term, Unit, ValueId};
use abi::helper::{Helper, HelperTable, Kind};
use abi::offsets;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I8, I32, I64};
use cranelift_codegen::ir::{self, AbiParam, FuncRef, InstBuilder, MemFlagsData, SigRef, Signature};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use stdx::FastMap;

/// What the machine code of a unit refers to besides the unit.
pub struct Environment<'a> {
    /// Helper addresses.
    pub helpers: &'a HelperTable,
    /// Address of the byte that is 0 once the unit is invalid.
    pub valid: usize,
    /// Address of an i32 that each entry and each turn of a loop counts down; below 0 the unit asks to be compiled better.
    pub heat: Option<usize>,
    /// Number of the unit's first exit.
    pub first_exit: u64,
    /// Every n-th guard fails always (0 = off), for tests; the counter runs on from unit to unit.
    pub exit_every: u32,
    /// Guards so far.
    pub guards: u32,
    /// Bytes from the VM to the allocation run of cells with room for `size` bytes, and their size.
    pub allocation_run: &'a dyn Fn(usize) -> Option<(usize, usize)>,
    /// What a copy of a String literal consists of, by the literal's bits and whether the copy is chilled.
    pub string_image: &'a dyn Fn(u64, bool) -> Option<objects::string::Image>,
    /// Address of the word to count up where an instruction calls out of machine code, when that is to be counted.
    pub counter: Option<&'a mut dyn FnMut(&Inst) -> usize>,
}

/// Signature of a unit's function.
pub fn signature() -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.extend([AbiParam::new(I64), AbiParam::new(I64)]);
    signature.returns.push(AbiParam::new(I64));
    signature
}

/// A cold block that is filled at the end.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Cold {
    /// A side exit.
    Leave(ExitId),
    /// What to do when something is pending.
    Pending(ExitId),
}

struct Lowering<'a, 'b> {
    unit: &'a Unit,
    environment: &'a mut Environment<'b>,
    builder: FunctionBuilder<'a>,
    blocks: Vec<ir::Block>,
    values: Vec<Option<ir::Value>>,
    consts: FastMap<ValueId, u64>,
    cold: FastMap<Cold, ir::Block>,
    cold_order: Vec<(Cold, ir::Block)>,
    signatures: FastMap<Helper, SigRef>,
    entry_signature: Option<SigRef>,
    native_signature: Option<SigRef>,
    itself: FuncRef,
    vm: ir::Value,
    fp: ir::Value,
}

/// Lowers a unit into `function`; `itself` is its reference to itself, for recursion.
pub fn lower(
    unit: &Unit,
    function: &mut ir::Function,
    context: &mut FunctionBuilderContext,
    environment: &mut Environment<'_>,
    itself: FuncRef,
    target: TargetFrontendConfig,
) {
    let mut builder = FunctionBuilder::new(function, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let (vm, fp) = (builder.block_params(entry)[0], builder.block_params(entry)[1]);
    let mut lowering = Lowering {
        unit,
        environment,
        builder,
        blocks: Vec::new(),
        values: vec![None; unit.types.len()],
        consts: FastMap::default(),
        cold: FastMap::default(),
        cold_order: Vec::new(),
        signatures: FastMap::default(),
        entry_signature: None,
        native_signature: None,
        itself,
        vm,
        fp,
    };
    lowering.run();
    lowering.builder.seal_all_blocks();
    lowering.builder.finalize(target);
}

/// Memory that is mapped and aligned.
fn trusted() -> MemFlagsData {
    MemFlagsData::trusted()
}

impl Lowering<'_, '_> {
    fn run(&mut self) {
        for block in &self.unit.blocks {
            for inst in &block.insts {
                if let (Op::Const, Some(result)) = (inst.op, inst.result) {
                    self.consts.insert(result, inst.imm);
                }
            }
        }
        let order = ::ir::verify::reverse_postorder(self.unit);
        self.blocks = self.unit.blocks.iter().map(|_| self.builder.create_block()).collect();
        for &id in &order {
            for &param in &self.unit.blocks[id.index()].params {
                let ty = self.machine_type(param);
                let value = self.builder.append_block_param(self.blocks[id.index()], ty);
                self.values[param.index()] = Some(value);
            }
        }
        self.prologue();
        self.builder.ins().jump(self.blocks[0], &[]);
        for &id in &order {
            self.block(id);
        }
        let mut at = 0;
        while at < self.cold_order.len() {
            let (cold, block) = self.cold_order[at];
            self.builder.switch_to_block(block);
            match cold {
                Cold::Leave(exit) => self.leave(exit),
                Cold::Pending(exit) => self.unwind(exit),
            }
            at += 1;
        }
    }

    fn machine_type(&self, value: ValueId) -> ir::Type {
        match self.unit.ty(value).repr {
            Repr::Double => F64,
            Repr::Cond => I8,
            _ => I64,
        }
    }

    /// Checks that the stacks have room; leaves to the interpreter (which raises) when not.
    fn prologue(&mut self) {
        let calls = self.unit.blocks.iter().flat_map(|block| &block.insts).any(|inst| inst.op.effects().has(::ir::Effects::calls_ruby));
        if !calls {
            return;
        }
        let extent = i64::from(self.unit.extent) * 8;
        let end = self.builder.ins().iadd_imm_s(self.fp, extent);
        let limit = self.builder.ins().load(I64, trusted(), self.vm, offsets::VM_STACK_LIMIT);
        let fits = self.builder.ins().icmp(IntCC::UnsignedLessThan, end, limit);
        let interpret = self.cold_block();
        let go = self.builder.create_block();
        self.builder.ins().brif(fits, go, &[], interpret, &[]);
        self.builder.switch_to_block(interpret);
        self.interpret_all();
        self.builder.switch_to_block(go);
        self.poll_at_entry();
        let top = self.builder.ins().get_stack_pointer(I64);
        let limit = self.builder.ins().load(I64, trusted(), self.vm, offsets::VM_NATIVE_LIMIT);
        let fits = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, top, limit);
        let overflow = self.cold_block();
        let go = self.builder.create_block();
        self.builder.ins().brif(fits, go, &[], overflow, &[]);
        self.builder.switch_to_block(overflow);
        let fp = self.fp;
        let result = self.call_helper(Helper::StackOverflow, &[fp]);
        self.builder.ins().return_(&[result]);
        self.builder.switch_to_block(go);
        self.count_entry();
    }

    /// Counts down what is left until the unit is hot; is that so?
    fn cool_down(&mut self, address: usize) -> ir::Value {
        let at = self.bits(address as u64);
        let left = self.builder.ins().load(I32, trusted(), at, 0);
        let left = self.builder.ins().iadd_imm_s(left, -1);
        self.builder.ins().store(trusted(), left, at, 0);
        self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, left, 0)
    }

    fn count_entry(&mut self) {
        let Some(address) = self.environment.heat.filter(|_| self.unit.entry_pc == 0) else { return };
        let is_hot = self.cool_down(address);
        let (hot, go) = (self.cold_block(), self.builder.create_block());
        self.builder.ins().brif(is_hot, hot, &[], go, &[]);
        self.builder.switch_to_block(hot);
        let (fp, number) = (self.fp, self.bits(self.environment.first_exit));
        self.call_helper(Helper::Hot, &[fp, number]);
        self.builder.ins().jump(go, &[]);
        self.builder.switch_to_block(go);
    }

    /// Recursion without loops can be interrupted. The prelude is spared: it is not interrupted between its steps.
    fn poll_at_entry(&mut self) {
        if self.unit.entry_pc != 0 || self.unit.code.file.starts_with("<internal:") {
            return;
        }
        let wanted = self.builder.ins().load(I32, trusted(), self.vm, offsets::VM_INTERRUPT);
        let (interrupted, go) = (self.cold_block(), self.builder.create_block());
        self.builder.ins().brif(wanted, interrupted, &[], go, &[]);
        self.builder.switch_to_block(interrupted);
        self.clear_locals();
        let fp = self.fp;
        let result = self.call_helper(Helper::Interrupted, &[fp]);
        self.builder.ins().return_(&[result]);
        self.builder.switch_to_block(go);
    }

    /// Sets the registers behind the parameters as the interpreter expects them at a function's start.
    fn clear_locals(&mut self) {
        let nil = self.builder.ins().iconst(I64, value::Value::NIL.bits() as i64);
        for register in self.unit.code.parameters_end..self.unit.code.locals_end {
            self.builder.ins().store(trusted(), nil, self.fp, i32::from(register) * 8);
        }
    }

    /// Hands the untouched frame to the interpreter.
    fn interpret_all(&mut self) {
        if self.unit.entry_pc == 0 {
            self.clear_locals();
        }
        let fp = self.fp;
        let none = self.builder.ins().iconst(I64, -1);
        let result = self.call_helper(Helper::Exit, &[fp, none]);
        self.builder.ins().return_(&[result]);
    }

    fn cold_block(&mut self) -> ir::Block {
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        block
    }

    fn cold(&mut self, cold: Cold) -> ir::Block {
        if let Some(&block) = self.cold.get(&cold) {
            return block;
        }
        let block = self.cold_block();
        self.cold.insert(cold, block);
        self.cold_order.push((cold, block));
        block
    }

    /// The machine value of an SSA value; constants are made where they are used.
    fn get(&mut self, value: ValueId) -> ir::Value {
        if let Some(&bits) = self.consts.get(&value) {
            return self.builder.ins().iconst(I64, bits as i64);
        }
        self.values[value.index()].expect("definitions are lowered before uses (verified)")
    }

    fn constant_of(&self, value: ValueId) -> Option<u64> {
        self.consts.get(&value).copied()
    }

    fn bits(&mut self, bits: u64) -> ir::Value {
        self.builder.ins().iconst(I64, bits as i64)
    }

    fn block(&mut self, id: BlockId) {
        let unit = self.unit;
        self.builder.switch_to_block(self.blocks[id.index()]);
        let block = &unit.blocks[id.index()];
        for inst in &block.insts {
            let result = dispatch(self, inst);
            if let (Some(id), Some(value)) = (inst.result, result) {
                self.values[id.index()] = Some(value);
            }
        }
        match &block.term {
            Term::Open => unreachable!("units are verified"),
            Term::Jump(edge) => {
                let args = self.edge(edge);
                self.builder.ins().jump(self.blocks[edge.target.index()], &args);
            }
            Term::Branch { cond, yes, no } => {
                let cond = self.get(*cond);
                let (yes_args, no_args) = (self.edge(yes), self.edge(no));
                self.builder.ins().brif(cond, self.blocks[yes.target.index()], &yes_args, self.blocks[no.target.index()], &no_args);
            }
            Term::Return(value) => {
                let value = self.get(*value);
                self.builder.ins().return_(&[value]);
            }
            Term::Leave(exit) => {
                let target = self.cold(Cold::Leave(*exit));
                self.builder.ins().jump(target, &[]);
            }
            Term::Unwind(exit) => {
                let target = self.cold(Cold::Pending(*exit));
                self.builder.ins().jump(target, &[]);
            }
        }
    }

    fn edge(&mut self, edge: &Edge) -> Vec<ir::BlockArg> {
        edge.args.iter().map(|&arg| ir::BlockArg::Value(self.get(arg))).collect()
    }

    /// Goes on when `cond` holds, else leaves by the exit.
    fn guard(&mut self, cond: ir::Value, inst: &Inst) {
        let exit = inst.exit.expect("guards have exits (verified)");
        self.environment.guards += 1;
        let forced = self.environment.exit_every > 0 && self.environment.guards.is_multiple_of(self.environment.exit_every);
        let forced = forced && !matches!(inst.op, Op::CheckValid | Op::Poll);
        let cond = if forced { self.builder.ins().iconst(I8, 0) } else { cond };
        let target = self.cold(Cold::Leave(exit));
        let go = self.builder.create_block();
        self.builder.ins().brif(cond, go, &[], target, &[]);
        self.builder.switch_to_block(go);
    }

    /// Goes on unless `result` is 0, which means that something is pending.
    fn check_pending(&mut self, result: ir::Value, exit: Option<ExitId>) {
        let exit = exit.expect("calls have exits (verified)");
        let target = self.cold(Cold::Pending(exit));
        let go = self.builder.create_block();
        self.builder.ins().brif(result, go, &[], target, &[]);
        self.builder.switch_to_block(go);
    }

    /// Counts that `inst` runs, if that was asked for.
    fn count(&mut self, inst: &Inst) {
        let Some(counter) = &mut self.environment.counter else { return };
        let address = counter(inst);
        let address = self.builder.ins().iconst(I64, address as i64);
        let before = self.builder.ins().load(I64, trusted(), address, 0);
        let after = self.builder.ins().iadd_imm_s(before, 1);
        self.builder.ins().store(trusted(), after, address, 0);
    }

    fn call_helper(&mut self, helper: Helper, args: &[ir::Value]) -> ir::Value {
        let signature = match self.signatures.get(&helper) {
            Some(&known) => known,
            None => {
                let machine = |kind: &Kind| AbiParam::new(if *kind == Kind::Double { F64 } else { I64 });
                let mut signature = Signature::new(CallConv::SystemV);
                signature.params.push(AbiParam::new(I64));
                signature.params.extend(helper.info().arguments.iter().map(machine));
                signature.returns.push(machine(&helper.info().result));
                let made = self.builder.import_signature(signature);
                self.signatures.insert(helper, made);
                made
            }
        };
        let address = self.bits(helper.address(self.environment.helpers) as u64);
        let mut all = vec![self.vm];
        all.extend_from_slice(args);
        let call = self.builder.ins().call_indirect(signature, address, &all);
        self.builder.inst_results(call)[0]
    }

    /// The frames are where the root's registers end at most; for the collector.
    fn note_frame(&mut self) {
        self.builder.ins().store(trusted(), self.fp, self.vm, offsets::VM_FP);
    }

    fn address_of(&mut self, word: u32) -> ir::Value {
        if word == 0 { self.fp } else { self.builder.ins().iadd_imm_s(self.fp, i64::from(word) * 8) }
    }
}

/// What a row's function gives: a machine value where the row has a result.
trait Result {
    fn value(self) -> Option<ir::Value>;
}

impl Result for () {
    fn value(self) -> Option<ir::Value> {
        None
    }
}

impl Result for ir::Value {
    fn value(self) -> Option<ir::Value> {
        Some(self)
    }
}

macro_rules! define_dispatch {
    ($( $(#[doc = $doc:literal])+ $name:ident = $camel:ident($($operand:ident),*) -> $result:ident [$($effect:ident),*]; )*) => {
        /// Lowers an instruction by the function of its row's name.
        fn dispatch(lowering: &mut Lowering<'_, '_>, inst: &Inst) -> Option<ir::Value> {
            match inst.op { $( Op::$camel => lowering.$name(inst).value() ),* }
        }
    };
}
::ir::for_each_ir_op!(define_dispatch);
