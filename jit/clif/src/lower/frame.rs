//! Words of frames, environments and headers; constants.

use super::{Lowering, trusted};
use ::ir::Inst;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder};

impl Lowering<'_, '_> {
    /// Constants are made where they are used.
    pub(super) fn word(&mut self, _: &Inst) {}

    pub(super) fn address(&mut self, inst: &Inst) -> ir::Value {
        self.bits(inst.imm)
    }

    pub(super) fn float(&mut self, inst: &Inst) -> ir::Value {
        self.builder.ins().f64const(f64::from_bits(inst.imm))
    }

    pub(super) fn load_frame(&mut self, inst: &Inst) -> ir::Value {
        self.builder.ins().load(I64, trusted(), self.fp, inst.imm as i32 * 8)
    }

    pub(super) fn load_frame_raw(&mut self, inst: &Inst) -> ir::Value {
        self.load_frame(inst)
    }

    pub(super) fn load(&mut self, inst: &Inst) -> ir::Value {
        let at = self.get(inst.args[0]);
        self.builder.ins().load(I64, trusted(), at, inst.imm as i32)
    }

    pub(super) fn load_raw(&mut self, inst: &Inst) -> ir::Value {
        self.load(inst)
    }

    pub(super) fn store(&mut self, inst: &Inst) {
        let (at, value) = (self.get(inst.args[0]), self.get(inst.args[1]));
        self.builder.ins().store(trusted(), value, at, inst.imm as i32);
    }

    pub(super) fn store_frame(&mut self, inst: &Inst) {
        let value = self.get(inst.args[0]);
        self.builder.ins().store(trusted(), value, self.fp, inst.imm as i32 * 8);
    }

    pub(super) fn frame_address(&mut self, inst: &Inst) -> ir::Value {
        self.address_of(inst.imm as u32)
    }

    pub(super) fn publish(&mut self, inst: &Inst) {
        self.show_frames(inst.exit.expect("publishing has a state (verified)"), inst.imm == 0, inst.imm2 as usize);
    }
}
