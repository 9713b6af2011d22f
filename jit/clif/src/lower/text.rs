//! Strings: their bytes, new ones, comparison.

use super::{Cold, Lowering, trusted};
use ::ir::Inst;
use abi::helper::Helper;
use abi::offsets;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{self, InstBuilder};
use objects::ShapeId;
use objects::string::{BYTES_WORD, INSIDE_WORD, RANGE_ASCII, character_image};
use value::{Header, Kind, Value};

impl Lowering<'_, '_> {
    pub(super) fn is_text(&mut self, inst: &Inst) -> ir::Value {
        let value = self.get(inst.args[0]);
        let string = self.when_cell(value, |lowering| {
            let kind = lowering.builder.ins().load(I8, trusted(), value, offsets::CELL_KIND);
            lowering.builder.ins().icmp_imm_s(IntCC::Equal, kind, Kind::String as i64)
        });
        if inst.imm == 0 {
            return string;
        }
        let tag = self.builder.ins().band_imm_s(value, 1);
        let integer = self.builder.ins().ireduce(I8, tag);
        self.builder.ins().bor(string, integer)
    }

    pub(super) fn new_string(&mut self, inst: &Inst) -> ir::Value {
        let literal = self.get(inst.args[0]);
        let (slow, done) = (self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        let image = self.constant_of(inst.args[0]).and_then(|bits| (self.environment.string_image)(bits, inst.imm == 1));
        match image.and_then(|image| Some(((self.environment.allocation_run)(image.size)?, image))) {
            Some(((run, cell), image)) => {
                let made = self.cut_cell(run as i32, cell, slow);
                self.write_string(made, &image);
                self.builder.ins().jump(done, &[made.into()]);
            }
            None => {
                self.builder.ins().jump(slow, &[]);
            }
        }
        self.builder.switch_to_block(slow);
        self.note_frame();
        let chilled = self.bits(inst.imm);
        let made = self.call_helper(Helper::StringNew, &[literal, chilled]);
        self.builder.ins().jump(done, &[made.into()]);
        self.builder.switch_to_block(done);
        result
    }

    fn write_string(&mut self, cell: ir::Value, image: &objects::string::Image) {
        for (at, &word) in image.words.iter().enumerate() {
            let inside = at == objects::string::BYTES_WORD && word == 0;
            let word = if inside { self.builder.ins().iadd_imm_s(cell, 8 * objects::string::INSIDE_WORD as i64) } else { self.bits(word) };
            self.builder.ins().store(trusted(), word, cell, 8 * at as i32);
        }
    }

    pub(super) fn concat(&mut self, inst: &Inst) -> ir::Value {
        self.note_frame();
        let first = self.address_of(inst.imm as u32);
        let count = self.bits(inst.imm2);
        let made = self.call_helper(Helper::Concat, &[first, count]);
        self.check_pending(made, inst.exit);
        made
    }

    pub(super) fn string_length(&mut self, inst: &Inst) -> ir::Value {
        let string = self.get(inst.args[0]);
        let length = self.builder.ins().load(I64, trusted(), string, offsets::STRING_LENGTH);
        self.tag(length)
    }

    pub(super) fn string_byte(&mut self, inst: &Inst) -> ir::Value {
        let string = self.get(inst.args[0]);
        let index = self.index(inst);
        let length = self.builder.ins().load(I64, trusted(), string, offsets::STRING_LENGTH);
        let (outside, done) = (self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        let at = self.place_of(index, length, outside);
        let place = self.byte_address(string, at);
        let byte = self.builder.ins().uload8(I64, trusted(), place, 0);
        let byte = self.tag(byte);
        self.builder.ins().jump(done, &[byte.into()]);
        self.builder.switch_to_block(outside);
        let nil = self.bits(Value::NIL.bits());
        self.builder.ins().jump(done, &[nil.into()]);
        self.builder.switch_to_block(done);
        result
    }

    pub(super) fn string_set_byte(&mut self, inst: &Inst) {
        let (string, byte) = (self.get(inst.args[0]), self.get(inst.args[2]));
        let index = self.index(inst);
        let leave = self.cold(Cold::Leave(inst.exit.expect("stores have exits (verified)")));
        let flags = self.builder.ins().load(I16, trusted(), string, offsets::CELL_FLAGS);
        let guarded = self.builder.ins().band_imm_s(flags, i64::from(Header::FROZEN | Header::CHILLED | Header::SHARED));
        let open = self.builder.create_block();
        self.builder.ins().brif(guarded, leave, &[], open, &[]);
        self.builder.switch_to_block(open);
        let length = self.builder.ins().load(I64, trusted(), string, offsets::STRING_LENGTH);
        let at = self.place_of(index, length, leave);
        self.barrier(string);
        let place = self.byte_address(string, at);
        let byte = self.builder.ins().sshr_imm_s(byte, 1);
        self.builder.ins().istore8(trusted(), byte, place, 0);
        let unknown = self.builder.ins().iconst(I8, 0);
        self.builder.ins().store(trusted(), unknown, string, offsets::STRING_RANGE);
    }

    fn byte_address(&mut self, string: ir::Value, index: ir::Value) -> ir::Value {
        let bytes = self.builder.ins().load(I64, trusted(), string, offsets::STRING_BYTES);
        self.builder.ins().iadd(bytes, index)
    }

    pub(super) fn is_ascii(&mut self, inst: &Inst) -> ir::Value {
        let string = self.get(inst.args[0]);
        let range = self.builder.ins().load(I8, trusted(), string, offsets::STRING_RANGE);
        self.builder.ins().icmp_imm_u(IntCC::Equal, range, i64::from(RANGE_ASCII))
    }

    /// Is a cell of one of the two shapes in a word?
    fn has_either_shape(&mut self, cell: ir::Value, shapes: u64) -> ir::Value {
        let found = self.builder.ins().load(I32, trusted(), cell, offsets::CELL_SHAPE);
        let [one, other] = [shapes as i32, (shapes >> 32) as i32].map(|shape| self.builder.ins().icmp_imm_s(IntCC::Equal, found, i64::from(shape)));
        self.builder.ins().bor(one, other)
    }

    pub(super) fn are_strings(&mut self, inst: &Inst) -> ir::Value {
        let (a, b) = (self.get(inst.args[0]), self.get(inst.args[1]));
        let second = self.when_cell(b, |lowering| {
            let kind = lowering.builder.ins().load(I8, trusted(), b, offsets::CELL_KIND);
            lowering.builder.ins().icmp_imm_s(IntCC::Equal, kind, Kind::String as i64)
        });
        let first = self.when_cell(a, |lowering| lowering.has_either_shape(a, inst.imm));
        self.builder.ins().band(first, second)
    }

    pub(super) fn indexes_ascii(&mut self, inst: &Inst) -> ir::Value {
        let (string, index) = (self.get(inst.args[0]), self.get(inst.args[1]));
        self.when_cell(string, |lowering| {
            let shape = lowering.has_either_shape(string, inst.imm);
            let go = lowering.builder.create_block();
            let done = lowering.builder.create_block();
            let result = lowering.builder.append_block_param(done, I8);
            lowering.builder.ins().brif(shape, go, &[], done, &[shape.into()]);
            lowering.builder.switch_to_block(go);
            let ascii = lowering.is_ascii(inst);
            let length = lowering.builder.ins().load(I64, trusted(), string, offsets::STRING_LENGTH);
            let at = lowering.builder.ins().sshr_imm_s(index, 1);
            let inside = lowering.builder.ins().icmp(IntCC::UnsignedLessThan, at, length);
            let tag = lowering.builder.ins().band_imm_s(index, 1);
            let integer = lowering.builder.ins().ireduce(I8, tag);
            let found = lowering.builder.ins().band(ascii, inside);
            let found = lowering.builder.ins().band(found, integer);
            lowering.builder.ins().jump(done, &[found.into()]);
            lowering.builder.switch_to_block(done);
            result
        })
    }

    /// A cell with the byte, its encoding that of the String. `imm` is the shape.
    pub(super) fn string_char(&mut self, inst: &Inst) -> ir::Value {
        let string = self.get(inst.args[0]);
        let index = self.index(inst);
        let (slow, done) = (self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        let (size, words) = character_image(ShapeId(inst.imm as u32));
        if let Some((run, cell)) = (self.environment.allocation_run)(size) {
            let place = self.byte_address(string, index);
            let byte = self.builder.ins().uload8(I64, trusted(), place, 0);
            let encoding = self.builder.ins().uload8(I64, trusted(), string, offsets::STRING_ENCODING);
            let made = self.cut_cell(run as i32, cell, slow);
            for (at, &word) in words.iter().enumerate() {
                let word = match at {
                    BYTES_WORD => self.builder.ins().iadd_imm_s(made, 8 * INSIDE_WORD as i64),
                    INSIDE_WORD => byte,
                    _ if at + 1 == INSIDE_WORD => self.builder.ins().bor_imm_s(encoding, word as i64),
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
        let made = self.call_helper(Helper::Character, &[string, index]);
        self.builder.ins().jump(done, &[made.into()]);
        self.builder.switch_to_block(done);
        result
    }

    /// Lengths first, then single bytes of one encoding; the rest is the helper's.
    pub(super) fn string_equal(&mut self, inst: &Inst) -> ir::Value {
        let (a, b) = (self.get(inst.args[0]), self.get(inst.args[1]));
        let done = self.builder.create_block();
        let result = self.builder.append_block_param(done, I8);
        let of = |lowering: &mut Self, string, ty, offset| lowering.builder.ins().load(ty, trusted(), string, offset);
        let (length, other) = (of(self, a, I64, offsets::STRING_LENGTH), of(self, b, I64, offsets::STRING_LENGTH));
        let same = self.builder.ins().icmp(IntCC::Equal, length, other);
        let (compare, single, many) = (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        self.builder.ins().brif(same, compare, &[], done, &[same.into()]);
        self.builder.switch_to_block(compare);
        let (encoding, another) = (of(self, a, I8, offsets::STRING_ENCODING), of(self, b, I8, offsets::STRING_ENCODING));
        let same = self.builder.ins().icmp(IntCC::Equal, encoding, another);
        let one = self.builder.ins().icmp_imm_u(IntCC::Equal, length, 1);
        let short = self.builder.ins().band(same, one);
        self.builder.ins().brif(short, single, &[], many, &[]);
        self.builder.switch_to_block(single);
        let zero = self.bits(0);
        let (place, another) = (self.byte_address(a, zero), self.byte_address(b, zero));
        let (byte, other) = (of(self, place, I8, 0), of(self, another, I8, 0));
        let equal = self.builder.ins().icmp(IntCC::Equal, byte, other);
        self.builder.ins().jump(done, &[equal.into()]);
        self.builder.switch_to_block(many);
        let equal = self.call_helper(Helper::StringEqual, &[a, b]);
        let equal = self.builder.ins().ireduce(I8, equal);
        self.builder.ins().jump(done, &[equal.into()]);
        self.builder.switch_to_block(done);
        result
    }

    pub(super) fn string_append(&mut self, inst: &Inst) -> ir::Value {
        let (string, more) = (self.get(inst.args[0]), self.get(inst.args[1]));
        let done = self.call_helper(Helper::StringAppend, &[string, more]);
        self.builder.ins().ireduce(I8, done)
    }
}
