//! Shapes, instance variables, Arrays, allocation.

use super::{Cold, Lowering, trusted};
use ::ir::Inst;
use abi::helper::Helper;
use abi::offsets;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I32, I64};
use cranelift_codegen::ir::{self, InstBuilder};
use objects::{ShapeId, env};
use value::{GcByte, Kind, Value};

/// Arrays of fewer elements are made from here.
const FILLED_MAX: i64 = 1 << 16;

impl Lowering<'_, '_> {
    pub(super) fn guard_shape(&mut self, inst: &Inst) {
        let value = self.get(inst.args[0]);
        if inst.imm2 == 0 {
            let cell = self.is_cell(value);
            self.guard(cell, inst);
        }
        let same = self.has_shape(value, inst.imm);
        if inst.imm2 == 0 { self.guard_again(same, inst) } else { self.guard(same, inst) }
    }

    pub(super) fn guard_array(&mut self, inst: &Inst) {
        let value = self.get(inst.args[0]);
        let cell = self.is_cell(value);
        self.guard(cell, inst);
        let open = self.has_shape(value, inst.imm);
        let (other, go) = (self.cold_block(), self.builder.create_block());
        self.builder.ins().brif(open, go, &[], other, &[]);
        self.builder.switch_to_block(other);
        let frozen = self.has_shape(value, inst.imm2);
        let leave = self.cold(Cold::Leave(inst.exit.expect("guards have exits (verified)")));
        self.builder.ins().brif(frozen, go, &[], leave, &[]);
        self.builder.switch_to_block(go);
    }

    pub(super) fn guard_list(&mut self, inst: &Inst) {
        let list = self.is_list(inst);
        self.guard(list, inst);
    }

    pub(super) fn guard_own_env(&mut self, inst: &Inst) {
        let own = self.address_of(inst.imm as u32);
        let forward = self.builder.ins().load(I64, trusted(), own, 0);
        let same = self.builder.ins().icmp(IntCC::Equal, own, forward);
        self.guard(same, inst);
    }

    pub(super) fn take_env(&mut self, inst: &Inst) {
        let at = inst.imm as i32 * 8 + 8 * env::INFO as i32;
        let info = self.builder.ins().load(I64, trusted(), self.fp, at);
        let taken = self.builder.ins().bor_imm_s(info, env::IN_REGISTERS as i64);
        self.builder.ins().store(trusted(), taken, self.fp, at);
    }

    pub(super) fn guard_record(&mut self, inst: &Inst) -> ir::Value {
        let word = self.get(inst.args[0]);
        let tag = self.builder.ins().band_imm_s(word, 7);
        let record = self.builder.ins().icmp_imm_s(IntCC::Equal, tag, objects::BlockWord::RECORD_TAG as i64);
        self.guard(record, inst);
        let at = self.builder.ins().band_imm_s(word, !7);
        let code = self.builder.ins().load(I64, trusted(), at, 0);
        let wanted = self.bits(inst.imm);
        let same = self.builder.ins().icmp(IntCC::Equal, code, wanted);
        self.guard_again(same, inst);
        self.builder.ins().load(I64, trusted(), at, 8)
    }

    pub(super) fn poll(&mut self, inst: &Inst) {
        let word = self.builder.ins().load(I32, trusted(), self.vm, offsets::VM_INTERRUPT);
        let quiet = self.builder.ins().icmp_imm_s(IntCC::Equal, word, 0);
        self.guard(quiet, inst);
        // The interpreter goes on at the loop's header, where it asks for better code.
        if let Some(address) = self.environment.heat {
            let is_hot = self.cool_down(address);
            let leave = self.cold(Cold::Leave(inst.exit.expect("polls have exits (verified)")));
            let go = self.builder.create_block();
            self.builder.ins().brif(is_hot, leave, &[], go, &[]);
            self.builder.switch_to_block(go);
        }
    }

    pub(super) fn check_valid(&mut self, inst: &Inst) {
        let at = self.bits(self.environment.valid as u64);
        let valid = self.builder.ins().load(I8, trusted(), at, 0);
        self.guard(valid, inst);
    }

    pub(super) fn load_ivar(&mut self, inst: &Inst) -> ir::Value {
        let object = self.get(inst.args[0]);
        let value = self.builder.ins().load(I64, trusted(), object, slot(inst.imm));
        let unset = self.builder.ins().icmp_imm_s(IntCC::Equal, value, Value::UNDEF.bits() as i64);
        let nil = self.bits(Value::NIL.bits());
        self.builder.ins().select(unset, nil, value)
    }

    pub(super) fn load_overflow(&mut self, inst: &Inst) -> ir::Value {
        let object = self.get(inst.args[0]);
        let slots = self.builder.ins().load(I64, trusted(), object, offsets::CELL_SLOTS);
        let (some, read, done) = (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        let nil = self.bits(Value::NIL.bits());
        self.builder.ins().brif(slots, some, &[], done, &[nil.into()]);
        self.builder.switch_to_block(some);
        let count = self.builder.ins().load(I64, trusted(), slots, offsets::OVERFLOW_LENGTH);
        let inside = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, count, inst.imm as i64);
        self.builder.ins().brif(inside, read, &[], done, &[nil.into()]);
        self.builder.switch_to_block(read);
        let first = self.builder.ins().load(I64, trusted(), slots, offsets::OVERFLOW_FIRST);
        let value = self.builder.ins().load(I64, trusted(), first, inst.imm as i32 * 8);
        let unset = self.builder.ins().icmp_imm_s(IntCC::Equal, value, Value::UNDEF.bits() as i64);
        let value = self.builder.ins().select(unset, nil, value);
        self.builder.ins().jump(done, &[value.into()]);
        self.builder.switch_to_block(done);
        result
    }

    pub(super) fn store_ivar(&mut self, inst: &Inst) {
        let (object, value) = (self.get(inst.args[0]), self.get(inst.args[1]));
        self.barrier(object);
        self.builder.ins().store(trusted(), value, object, slot(inst.imm));
    }

    pub(super) fn store_overflow(&mut self, inst: &Inst) {
        let (object, value) = (self.get(inst.args[0]), self.get(inst.args[1]));
        self.barrier(object);
        let slots = self.builder.ins().load(I64, trusted(), object, offsets::CELL_SLOTS);
        let (some, write, absent, done) = (self.builder.create_block(), self.builder.create_block(), self.cold_block(), self.builder.create_block());
        self.builder.ins().brif(slots, some, &[], absent, &[]);
        self.builder.switch_to_block(some);
        let count = self.builder.ins().load(I64, trusted(), slots, offsets::OVERFLOW_LENGTH);
        let inside = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, count, inst.imm as i64);
        self.builder.ins().brif(inside, write, &[], absent, &[]);
        self.builder.switch_to_block(write);
        let first = self.builder.ins().load(I64, trusted(), slots, offsets::OVERFLOW_FIRST);
        self.builder.ins().store(trusted(), value, first, inst.imm as i32 * 8);
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(absent);
        let index = self.bits(inst.imm);
        self.call_helper(Helper::OverflowSet, &[object, index, value]);
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(done);
    }

    pub(super) fn array_filled(&mut self, inst: &Inst) -> ir::Value {
        let count = self.get(inst.args[0]);
        let count = self.builder.ins().sshr_imm_s(count, 1);
        let small = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, count, FILLED_MAX);
        self.guard(small, inst);
        self.note_frame();
        let made = self.call_helper(Helper::ArrayFilled, &[count]);
        self.guard(made, inst);
        made
    }

    pub(super) fn new_range(&mut self, inst: &Inst) -> ir::Value {
        let (low, high) = (self.get(inst.args[0]), self.get(inst.args[1]));
        let (slow, done) = (self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        let (size, words) = objects::range::image(ShapeId(inst.imm2 as u32), inst.imm == 1);
        if let Some((run, cell)) = (self.environment.allocation_run)(size) {
            let made = self.cut_cell(run as i32, cell, slow);
            for (at, &word) in words.iter().enumerate() {
                let word = match 8 * at {
                    objects::range::LOW_OFFSET => low,
                    objects::range::HIGH_OFFSET => high,
                    _ => self.bits(word),
                };
                self.builder.ins().store(trusted(), word, made, 8 * at as i32);
            }
            self.builder.ins().jump(done, &[made.into()]);
        } else {
            self.builder.ins().jump(slow, &[]);
        }
        self.builder.switch_to_block(slow);
        self.note_frame();
        let exclusive = self.bits(inst.imm);
        let made = self.call_helper(Helper::Range, &[low, high, exclusive]);
        self.builder.ins().jump(done, &[made.into()]);
        self.builder.switch_to_block(done);
        result
    }

    pub(super) fn is_range(&mut self, inst: &Inst) -> ir::Value {
        let value = self.get(inst.args[0]);
        self.when_cell(value, |lowering| {
            let kind = lowering.builder.ins().load(I8, trusted(), value, offsets::CELL_KIND);
            lowering.builder.ins().icmp_imm_s(IntCC::Equal, kind, Kind::Range as i64)
        })
    }

    pub(super) fn range_end(&mut self, inst: &Inst) -> ir::Value {
        let range = self.get(inst.args[0]);
        let offset = if inst.imm == 0 { objects::range::LOW_OFFSET } else { objects::range::HIGH_OFFSET };
        self.builder.ins().load(I64, trusted(), range, offset as i32)
    }

    pub(super) fn range_is_exclusive(&mut self, inst: &Inst) -> ir::Value {
        let range = self.get(inst.args[0]);
        self.builder.ins().load(I8, trusted(), range, objects::range::EXCLUSIVE_OFFSET as i32)
    }

    /// A second guard of the same instruction.
    fn guard_again(&mut self, cond: ir::Value, inst: &Inst) {
        let exit = inst.exit.expect("guards have exits (verified)");
        let target = self.cold(Cold::Leave(exit));
        let go = self.builder.create_block();
        self.builder.ins().brif(cond, go, &[], target, &[]);
        self.builder.switch_to_block(go);
    }

    fn is_cell(&mut self, value: ir::Value) -> ir::Value {
        let tag = self.builder.ins().band_imm_s(value, 7);
        self.builder.ins().icmp_imm_s(IntCC::Equal, tag, 0)
    }

    fn has_shape(&mut self, cell: ir::Value, shape: u64) -> ir::Value {
        let found = self.builder.ins().load(I32, trusted(), cell, offsets::CELL_SHAPE);
        self.builder.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape as u32 as i32))
    }

    pub(super) fn is_shape(&mut self, inst: &Inst) -> ir::Value {
        let value = self.get(inst.args[0]);
        self.when_cell(value, |lowering| lowering.has_shape(value, inst.imm))
    }

    pub(super) fn is_shapes(&mut self, inst: &Inst) -> ir::Value {
        let value = self.get(inst.args[0]);
        let mut shapes = vec![inst.imm as u32, (inst.imm >> 32) as u32, inst.imm2 as u32, (inst.imm2 >> 32) as u32];
        shapes.sort_unstable();
        shapes.dedup();
        self.when_cell(value, |lowering| {
            let found = lowering.builder.ins().load(I32, trusted(), value, offsets::CELL_SHAPE);
            let mut any = lowering.builder.ins().iconst(I8, 0);
            for shape in shapes {
                let same = lowering.builder.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape as i32));
                any = lowering.builder.ins().bor(any, same);
            }
            any
        })
    }

    pub(super) fn is_instance(&mut self, inst: &Inst) -> ir::Value {
        let (value, class) = (self.get(inst.args[0]), self.get(inst.args[1]));
        let (ask, done) = (self.builder.create_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I8);
        let found = self.builder.ins().load(I32, trusted(), value, offsets::CELL_SHAPE);
        let [open, frozen] = [inst.imm, inst.imm2].map(|shape| self.builder.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape as u32 as i32)));
        let own = self.builder.ins().bor(open, frozen);
        self.builder.ins().brif(own, done, &[own.into()], ask, &[]);
        self.builder.switch_to_block(ask);
        let answer = self.call_helper(Helper::IsInstance, &[value, class]);
        let answer = self.builder.ins().ireduce(I8, answer);
        self.builder.ins().jump(done, &[answer.into()]);
        self.builder.switch_to_block(done);
        result
    }

    pub(super) fn is_list(&mut self, inst: &Inst) -> ir::Value {
        let value = self.get(inst.args[0]);
        self.when_cell(value, |lowering| {
            let kind = lowering.builder.ins().load(I8, trusted(), value, offsets::CELL_KIND);
            lowering.builder.ins().icmp_imm_s(IntCC::Equal, kind, Kind::Array as i64)
        })
    }

    pub(super) fn indexes_array(&mut self, inst: &Inst) -> ir::Value {
        let (value, index) = (self.get(inst.args[0]), self.get(inst.args[1]));
        self.when_cell(value, |lowering| {
            let found = lowering.builder.ins().load(I32, trusted(), value, offsets::CELL_SHAPE);
            let is = |lowering: &mut Self, shape: u64| lowering.builder.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape as u32 as i32));
            let open = is(lowering, inst.imm);
            let array = if inst.imm2 == inst.imm {
                open
            } else {
                let frozen = is(lowering, inst.imm2);
                lowering.builder.ins().bor(open, frozen)
            };
            let tag = lowering.builder.ins().band_imm_s(index, 1);
            let tag = lowering.builder.ins().ireduce(I8, tag);
            lowering.builder.ins().band(array, tag)
        })
    }

    /// What `condition` says of a cell; false for a value that is none.
    pub(super) fn when_cell(&mut self, value: ir::Value, condition: impl FnOnce(&mut Self) -> ir::Value) -> ir::Value {
        let cell = self.is_cell(value);
        let (check, done) = (self.builder.create_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I8);
        let no = self.builder.ins().iconst(I8, 0);
        self.builder.ins().brif(cell, check, &[], done, &[no.into()]);
        self.builder.switch_to_block(check);
        let holds = condition(self);
        self.builder.ins().jump(done, &[holds.into()]);
        self.builder.switch_to_block(done);
        result
    }

    /// The write barrier.
    pub(super) fn barrier(&mut self, cell: ir::Value) {
        let gc = self.builder.ins().load(I8, trusted(), cell, offsets::CELL_GC);
        let bit = self.builder.ins().band_imm_s(gc, i64::from(GcByte::BARRIER));
        let (slow, go) = (self.cold_block(), self.builder.create_block());
        self.builder.ins().brif(bit, slow, &[], go, &[]);
        self.builder.switch_to_block(slow);
        self.call_helper(Helper::Barrier, &[cell]);
        self.builder.ins().jump(go, &[]);
        self.builder.switch_to_block(go);
    }

    pub(super) fn new_object(&mut self, inst: &Inst) -> ir::Value {
        let (shape, slots) = (inst.imm, inst.imm2);
        let bytes = offsets::OBJECT_SLOTS as usize + 8 * slots as usize;
        let done = self.builder.create_block();
        let result = self.builder.append_block_param(done, I64);
        let slow = self.cold_block();
        if let Some((run, cell)) = (self.environment.allocation_run)(bytes) {
            let cursor = self.cut_cell(run as i32, cell, slow);
            let header = self.bits(shape & 0xffff_ffff | (Kind::Object as u64) << 32);
            self.builder.ins().store(trusted(), header, cursor, 0);
            let zero = self.bits(0);
            self.builder.ins().store(trusted(), zero, cursor, 8);
            let undef = self.bits(Value::UNDEF.bits());
            for at in (offsets::OBJECT_SLOTS as usize..cell).step_by(8) {
                self.builder.ins().store(trusted(), undef, cursor, at as i32);
            }
            self.builder.ins().jump(done, &[cursor.into()]);
        } else {
            self.builder.ins().jump(slow, &[]);
        }
        self.builder.switch_to_block(slow);
        self.note_frame();
        let (shape, slots) = (self.bits(shape), self.bits(slots));
        let made = self.call_helper(Helper::Object, &[shape, slots]);
        self.check_pending(made, inst.exit);
        self.builder.ins().jump(done, &[made.into()]);
        self.builder.switch_to_block(done);
        result
    }

    pub(super) fn array_length(&mut self, inst: &Inst) -> ir::Value {
        let array = self.get(inst.args[0]);
        let length = self.builder.ins().load(I64, trusted(), array, offsets::ARRAY_LENGTH);
        self.tag(length)
    }

    pub(super) fn array_at(&mut self, inst: &Inst) -> ir::Value {
        let array = self.get(inst.args[0]);
        let index = self.index(inst);
        let at = self.element_address(array, index);
        self.builder.ins().load(I64, trusted(), at, 0)
    }

    pub(super) fn array_set(&mut self, inst: &Inst) {
        let (array, value) = (self.get(inst.args[0]), self.get(inst.args[2]));
        let index = self.index(inst);
        let length = self.builder.ins().load(I64, trusted(), array, offsets::ARRAY_LENGTH);
        let outside = self.cold_block();
        let done = self.builder.create_block();
        let at = self.place_of(index, length, outside);
        self.barrier(array);
        let place = self.element_address(array, at);
        self.builder.ins().store(trusted(), value, place, 0);
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(outside);
        let possible = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, index, objects::array::LENGTH_MAX as i64);
        let append = self.cold_block();
        let leave = self.cold(Cold::Leave(inst.exit.expect("stores have exits (verified)")));
        self.builder.ins().brif(possible, append, &[], leave, &[]);
        self.builder.switch_to_block(append);
        self.note_frame();
        let stored = self.call_helper(Helper::ArraySet, &[array, index, value]);
        self.check_pending(stored, inst.exit);
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(done);
    }

    /// A cell from the allocation run at `run`, or on to `slow` where there is none.
    pub(super) fn cut_cell(&mut self, run: i32, cell: usize, slow: ir::Block) -> ir::Value {
        let cursor = self.builder.ins().load(I64, trusted(), self.vm, run);
        let limit = self.builder.ins().load(I64, trusted(), self.vm, run + 8);
        let free = self.builder.ins().icmp(IntCC::UnsignedLessThan, cursor, limit);
        let fast = self.builder.create_block();
        self.builder.ins().brif(free, fast, &[], slow, &[]);
        self.builder.switch_to_block(fast);
        let behind = self.builder.ins().iadd_imm_s(cursor, cell as i64);
        self.builder.ins().store(trusted(), behind, self.vm, run);
        cursor
    }

    /// Goes on with the place of an element by its index, which counts from the end when it is negative; to `outside` when
    /// there is none.
    pub(super) fn place_of(&mut self, index: ir::Value, length: ir::Value, outside: ir::Block) -> ir::Value {
        let inside = self.builder.ins().icmp(IntCC::UnsignedLessThan, index, length);
        let (go, other) = (self.builder.create_block(), self.cold_block());
        let at = self.builder.append_block_param(go, I64);
        self.builder.ins().brif(inside, go, &[index.into()], other, &[]);
        self.builder.switch_to_block(other);
        let from_end = self.builder.ins().iadd(index, length);
        let negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, index, 0);
        let inside = self.builder.ins().icmp(IntCC::UnsignedLessThan, from_end, length);
        let counts = self.builder.ins().band(negative, inside);
        self.builder.ins().brif(counts, go, &[from_end.into()], outside, &[]);
        self.builder.switch_to_block(go);
        at
    }

    pub(super) fn array_pop(&mut self, inst: &Inst) -> ir::Value {
        let array = self.get(inst.args[0]);
        self.barrier(array);
        let length = self.builder.ins().load(I64, trusted(), array, offsets::ARRAY_LENGTH);
        let (take, done) = (self.builder.create_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        let nil = self.bits(Value::NIL.bits());
        self.builder.ins().brif(length, take, &[], done, &[nil.into()]);
        self.builder.switch_to_block(take);
        let shorter = self.builder.ins().iadd_imm_s(length, -1);
        self.builder.ins().store(trusted(), shorter, array, offsets::ARRAY_LENGTH);
        let at = self.element_address(array, shorter);
        let last = self.builder.ins().load(I64, trusted(), at, 0);
        self.builder.ins().jump(done, &[last.into()]);
        self.builder.switch_to_block(done);
        result
    }

    pub(super) fn new_array(&mut self, inst: &Inst) -> ir::Value {
        self.note_frame();
        let first = self.address_of(inst.imm as u32);
        let count = self.bits(inst.imm2);
        self.call_helper(Helper::ArrayNew, &[first, count])
    }

    /// The untagged index operand.
    pub(super) fn index(&mut self, inst: &Inst) -> ir::Value {
        if let Some(bits) = self.constant_of(inst.args[1]) {
            return self.builder.ins().iconst(I64, bits as i64 >> 1);
        }
        let tagged = self.get(inst.args[1]);
        self.builder.ins().sshr_imm_s(tagged, 1)
    }

    fn element_address(&mut self, array: ir::Value, index: ir::Value) -> ir::Value {
        let elements = self.builder.ins().load(I64, trusted(), array, offsets::ARRAY_ELEMENTS);
        let offset = self.builder.ins().ishl_imm_s(index, 3);
        self.builder.ins().iadd(elements, offset)
    }

    pub(super) fn array_get(&mut self, inst: &Inst) -> ir::Value {
        let array = self.get(inst.args[0]);
        let index = self.index(inst);
        let length = self.builder.ins().load(I64, trusted(), array, offsets::ARRAY_LENGTH);
        let (outside, done) = (self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        let at = self.place_of(index, length, outside);
        let place = self.element_address(array, at);
        let value = self.builder.ins().load(I64, trusted(), place, 0);
        self.builder.ins().jump(done, &[value.into()]);
        self.builder.switch_to_block(outside);
        let nil = self.bits(Value::NIL.bits());
        self.builder.ins().jump(done, &[nil.into()]);
        self.builder.switch_to_block(done);
        result
    }

    pub(super) fn array_push(&mut self, inst: &Inst) {
        let (array, value) = (self.get(inst.args[0]), self.get(inst.args[1]));
        let length = self.builder.ins().load(I64, trusted(), array, offsets::ARRAY_LENGTH);
        let capacity = self.builder.ins().load(I64, trusted(), array, offsets::ARRAY_CAPACITY);
        let room = self.builder.ins().icmp(IntCC::UnsignedLessThan, length, capacity);
        let (fast, slow, done) = (self.builder.create_block(), self.cold_block(), self.builder.create_block());
        self.builder.ins().brif(room, fast, &[], slow, &[]);
        self.builder.switch_to_block(slow);
        self.note_frame();
        let pushed = self.call_helper(Helper::ArrayPush, &[array, value]);
        self.check_pending(pushed, inst.exit);
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(fast);
        self.barrier(array);
        let at = self.element_address(array, length);
        self.builder.ins().store(trusted(), value, at, 0);
        let longer = self.builder.ins().iadd_imm_s(length, 1);
        self.builder.ins().store(trusted(), longer, array, offsets::ARRAY_LENGTH);
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(done);
    }
}

fn slot(index: u64) -> i32 {
    offsets::OBJECT_SLOTS + index as i32 * 8
}
