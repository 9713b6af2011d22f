//! Calls of helpers, natives and Ruby methods.

use super::{Lowering, trusted};
use ::ir::Inst;
use abi::helper::Helper;
use abi::{FrameFlags, frame, offsets};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I16, I64};
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature};
use cranelift_codegen::isa::CallConv;
use objects::{BlockWord, MethodRef};

impl Lowering<'_, '_> {
    pub(super) fn step(&mut self, inst: &Inst) -> ir::Value {
        self.interpret_one(inst, Helper::Step)
    }

    pub(super) fn step_quietly(&mut self, inst: &Inst) -> ir::Value {
        self.interpret_one(inst, Helper::Step)
    }

    pub(super) fn jumped(&mut self, inst: &Inst) -> ir::Value {
        let result = self.get(inst.args[0]);
        let behind = self.bits(inst.imm);
        self.builder.ins().icmp(IntCC::NotEqual, result, behind)
    }

    pub(super) fn send(&mut self, inst: &Inst) -> ir::Value {
        let helper = if self.is_yield(inst) { Helper::Yield } else { Helper::Send };
        self.interpret_one(inst, helper)
    }

    /// A literal block that takes the arguments as they are is entered from here, any other by the interpreter.
    pub(super) fn yield_any(&mut self, inst: &Inst) -> ir::Value {
        let exit = inst.exit.expect("calls have exits (verified)");
        let state = self.unit.exits[exit.index()].clone();
        let caller = self.inner_address(&state);
        let block = self.get(inst.args[0]);
        let tag = self.builder.ins().band_imm_s(block, 7);
        let literal = self.builder.ins().icmp_imm_s(IntCC::Equal, tag, BlockWord::RECORD_TAG as i64);
        let (check, enter, slow, done) = (self.builder.create_block(), self.builder.create_block(), self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        self.builder.ins().brif(literal, check, &[], slow, &[]);
        self.builder.switch_to_block(check);
        let record = self.builder.ins().band_imm_s(block, !7);
        let code = self.builder.ins().load(I64, trusted(), record, 0);
        let wanted = self.builder.ins().load(I16, trusted(), code, offsets::CODE_YIELD_ARGC);
        let fits = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, wanted, inst.imm as i64);
        let fits = if inst.imm < 2 {
            fits
        } else {
            let most = self.builder.ins().load(I16, trusted(), code, offsets::CODE_YIELD_MAX);
            let takes = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, most, inst.imm as i64);
            self.builder.ins().band(fits, takes)
        };
        self.builder.ins().brif(fits, enter, &[], slow, &[]);
        self.builder.switch_to_block(enter);
        let home = self.builder.ins().load(I64, trusted(), record, 8);
        let frame = self.push_block(inst.imm2 as u32, caller, code, home);
        let entered = self.call_entry(code, frame);
        self.builder.ins().jump(done, &[entered.into()]);
        self.builder.switch_to_block(slow);
        self.count(inst);
        let at = state.frames.last().expect("exit states have frames (verified)");
        let pc = self.bits(self.unit.frame(at.frame).code.start as u64 + 2 * u64::from(at.pc));
        let yielded = self.call_helper(Helper::Yield, &[caller, pc]);
        self.builder.ins().jump(done, &[yielded.into()]);
        self.builder.switch_to_block(done);
        self.check_pending(result, inst.exit);
        result
    }

    /// Writes the header of a block's frame at word `callee`; self, method and scope are those of the home frame. Its address.
    fn push_block(&mut self, callee: u32, caller: ir::Value, code: ir::Value, home: ir::Value) -> ir::Value {
        let of_home = |lowering: &mut Self, word: isize| lowering.builder.ins().load(I64, trusted(), home, word as i32 * 8);
        let env = of_home(self, frame::ENV);
        let (forward, go) = (self.builder.create_block(), self.builder.create_block());
        let around = self.builder.append_block_param(go, I64);
        self.builder.ins().brif(env, forward, &[], go, &[env.into()]);
        self.builder.switch_to_block(forward);
        let words = self.builder.ins().load(I64, trusted(), env, 0);
        self.builder.ins().jump(go, &[words.into()]);
        self.builder.switch_to_block(go);
        let words = [
            (frame::METHOD, of_home(self, frame::METHOD)),
            (frame::CODE, code),
            (frame::ENV, around),
            (frame::CREF, of_home(self, frame::CREF)),
            (frame::PC, self.builder.ins().load(I64, trusted(), code, offsets::CODE_START)),
            (frame::SELF, of_home(self, frame::SELF)),
            (frame::BLOCK, self.bits(BlockWord::NONE.0)),
            (frame::LINK, self.builder.ins().bor_imm_s(caller, FrameFlags::ENTRY as i64)),
        ];
        self.write_frame(callee, &words)
    }

    /// Writes words of the header of the frame at word `callee`, whose address is the result.
    fn write_frame(&mut self, callee: u32, words: &[(isize, ir::Value)]) -> ir::Value {
        for &(index, word) in words {
            self.builder.ins().store(trusted(), word, self.fp, (callee as i32 + index as i32) * 8);
        }
        self.address_of(callee)
    }

    pub(super) fn call(&mut self, inst: &Inst) -> ir::Value {
        self.ruby_call(inst, FrameFlags::ENTRY)
    }

    pub(super) fn construct(&mut self, inst: &Inst) -> ir::Value {
        self.ruby_call(inst, FrameFlags::ENTRY | FrameFlags::CONSTRUCTOR)
    }

    pub(super) fn call_native(&mut self, inst: &Inst) -> ir::Value {
        let args = self.address_of((inst.imm2 >> 16) as u32);
        self.native_call(inst, args, inst.imm2 & 0xffff)
    }

    pub(super) fn call_quiet_native(&mut self, inst: &Inst) -> ir::Value {
        self.call_native(inst)
    }

    pub(super) fn call_operator(&mut self, inst: &Inst) -> ir::Value {
        let argument = self.get(inst.args[1]);
        let slot = self.builder.create_sized_stack_slot(ir::StackSlotData::new(ir::StackSlotKind::ExplicitSlot, 8, 3));
        self.builder.ins().stack_store(I64, argument, slot, 0);
        let args = self.builder.ins().stack_addr(I64, slot, 0);
        self.native_call(inst, args, 1)
    }

    pub(super) fn hash_get(&mut self, inst: &Inst) -> ir::Value {
        self.count(inst);
        let (hash, key) = (self.get(inst.args[0]), self.get(inst.args[1]));
        let result = self.call_helper(Helper::HashGet, &[hash, key]);
        self.check_pending(result, inst.exit);
        result
    }

    pub(super) fn hash_set(&mut self, inst: &Inst) {
        self.count(inst);
        let (hash, key, value) = (self.get(inst.args[0]), self.get(inst.args[1]), self.get(inst.args[2]));
        let result = self.call_helper(Helper::HashSet, &[hash, key, value]);
        self.check_pending(result, inst.exit);
    }

    /// Is the call instruction that the interpreter runs a `yield`?
    fn is_yield(&self, inst: &Inst) -> bool {
        let exit = inst.exit.expect("calls have exits (verified)");
        let at = self.unit.exits[exit.index()].frames.last().expect("exit states have frames (verified)");
        self.unit.frame(at.frame).code.function.code[at.pc as usize] == bytecode::Opcode::Yield as u16
    }

    fn interpret_one(&mut self, inst: &Inst, helper: Helper) -> ir::Value {
        self.count(inst);
        let exit = inst.exit.expect("calls have exits (verified)");
        let state = self.unit.exits[exit.index()].clone();
        let at = state.frames.last().expect("exit states have frames (verified)");
        let fp = self.inner_address(&state);
        let pc = self.bits(self.unit.frame(at.frame).code.start as u64 + 2 * u64::from(at.pc));
        let result = self.call_helper(helper, &[fp, pc]);
        self.check_pending(result, inst.exit);
        result
    }

    fn ruby_call(&mut self, inst: &Inst, flags: u64) -> ir::Value {
        let target = self.unit.targets[inst.imm as usize];
        let exit = inst.exit.expect("calls have exits (verified)");
        let state = self.unit.exits[exit.index()].clone();
        let caller = self.inner_address(&state);
        let receiver = self.get(inst.args[0]);
        let block = match target.block {
            Some((code, home, register)) => self.write_record(home, code, register),
            None => self.bits(BlockWord::NONE.0),
        };
        let link = self.builder.ins().bor_imm_s(caller, (flags | target.flags) as i64);
        let words = [
            (frame::METHOD, self.bits(target.method.map_or(0, MethodRef::word))),
            (frame::CODE, self.bits(target.code.word())),
            (frame::ENV, self.bits(target.env)),
            (frame::CREF, self.bits(target.cref.word())),
            (frame::PC, self.bits(target.code.start as u64)),
            (frame::SELF, receiver),
            (frame::BLOCK, block),
            (frame::LINK, link),
        ];
        let frame = self.write_frame(inst.imm2 as u32, &words);
        let result = if target.code == self.unit.code && self.unit.entry_pc == 0 {
            let call = self.builder.ins().call(self.itself, &[self.vm, frame]);
            self.builder.inst_results(call)[0]
        } else {
            let code = self.bits(target.code.word());
            self.call_entry(code, frame)
        };
        self.check_pending(result, inst.exit);
        result
    }

    /// Enters the code's machine code, or the interpreter when it has none.
    fn call_entry(&mut self, code: ir::Value, frame: ir::Value) -> ir::Value {
        let signature = match self.entry_signature {
            Some(known) => known,
            None => {
                let made = self.builder.import_signature(super::signature());
                *self.entry_signature.insert(made)
            }
        };
        let entry = self.builder.ins().load(I64, trusted(), code, offsets::CODE_ENTRY);
        let (machine, interpret, done) = (self.builder.create_block(), self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        self.builder.ins().brif(entry, machine, &[], interpret, &[]);
        self.builder.switch_to_block(machine);
        let call = self.builder.ins().call_indirect(signature, entry, &[self.vm, frame]);
        let value = self.builder.inst_results(call)[0];
        self.builder.ins().jump(done, &[value.into()]);
        self.builder.switch_to_block(interpret);
        let value = self.call_helper(Helper::Run, &[frame]);
        self.builder.ins().jump(done, &[value.into()]);
        self.builder.switch_to_block(done);
        result
    }

    fn native_call(&mut self, inst: &Inst, args: ir::Value, count: u64) -> ir::Value {
        self.count(inst);
        let signature = match self.native_signature {
            Some(known) => known,
            None => {
                let mut signature = Signature::new(CallConv::SystemV);
                signature.params.extend([AbiParam::new(I64); 5]);
                signature.returns.push(AbiParam::new(I64));
                let made = self.builder.import_signature(signature);
                *self.native_signature.insert(made)
            }
        };
        let receiver = self.get(inst.args[0]);
        let (count, block, function) = (self.bits(count), self.bits(BlockWord::NONE.0), self.bits(inst.imm));
        let call = self.builder.ins().call_indirect(signature, function, &[self.vm, receiver, args, count, block]);
        let result = self.builder.inst_results(call)[0];
        self.check_pending(result, inst.exit);
        result
    }
}
