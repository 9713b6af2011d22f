//! Equality of cells by what the site has seen: Strings by their bytes, and objects that are equal to themselves only.

use super::Builder;
use super::arith::PLAIN;
use crate::forms::NativeForm;
use crate::ops::{Compare, Op as Ir, Repr};
use crate::types::{Kinds, Type};
use crate::unit::ValueId;
use objects::ShapeId;
use objects::site::{CallKind, OperandBits};
use value::sym;

/// How an equality is answered without a call.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// By the bytes of two Strings.
    Texts,
    /// By identity.
    Same,
    /// No.
    Never,
}

/// An equality whose answer takes no call where `holds`.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub holds: ValueId,
    pub answer: Answer,
}

impl Builder<'_> {
    /// Has the operator's site seen receivers of class String itself and nothing else?
    pub(super) fn only_strings(&self, pc: u32, site: u32) -> bool {
        let shape = self.runtime.string_shapes().0;
        self.ctx().code.call_view(site).is_some_and(|view| {
            view.operands & OperandBits::OTHER != 0
                && view.cache.shape == shape
                && view.others.is_empty()
                && !view.megamorphic
                && !self.is_generic(pc)
        })
    }

    /// What is known about `==` and `!=` of a receiver that is neither number nor plain; None for other comparisons.
    pub(super) fn known_equality(&mut self, pc: u32, a: ValueId, b: ValueId, site: u32, compare: Compare) -> Option<Known> {
        if !matches!(compare, Compare::Equal | Compare::NotEqual) {
            return None;
        }
        let found = self.known_not_nil(pc, a, b, site, compare).map(|holds| (holds, Answer::Never));
        let found = found.or_else(|| self.known_texts(pc, a, b, site).map(|holds| (holds, Answer::Texts)));
        let found = found.or_else(|| self.known_identity(pc, a, site, compare).map(|holds| (holds, Answer::Same)));
        found.map(|(holds, answer)| Known { holds, answer })
    }

    /// The shapes of the cells that the site compared, when the receiver may be one of them and they are few.
    fn compared_shapes(&self, pc: u32, a: ValueId, site: u32) -> Vec<ShapeId> {
        let Some(view) = self.ctx().code.call_view(site) else { return Vec::new() };
        if view.operands & OperandBits::OTHER == 0 || view.megamorphic || self.is_generic(pc) || self.unit.ty(a).repr != Repr::Word {
            return Vec::new();
        }
        let seen = std::iter::once(&view.cache).chain(&view.others).filter(|cache| cache.kind != CallKind::Empty).map(|cache| cache.shape);
        let shapes: Vec<ShapeId> = seen.filter(|&shape| Self::immediate_kinds(shape).is_none_or(|kinds| !kinds.is(PLAIN))).collect();
        if shapes.iter().any(|&shape| Self::immediate_kinds(shape).is_some()) { Vec::new() } else { shapes }
    }

    /// The condition under which both are Strings, the first one of class String itself, where the site compared such with something.
    pub(super) fn known_texts(&mut self, pc: u32, a: ValueId, b: ValueId, site: u32) -> Option<ValueId> {
        let (open, frozen) = self.runtime.string_shapes();
        let shapes = self.compared_shapes(pc, a, site);
        let words = [a, b].iter().all(|&value| self.unit.ty(value).repr == Repr::Word && self.kinds(value).may_be(Kinds::CELL));
        if !words || !shapes.iter().any(|&shape| shape == open || shape == frozen) {
            return None;
        }
        self.unit.dependencies.operators = true;
        Some(self.value(Ir::AreStrings, &[a, b], u64::from(open.0) | u64::from(frozen.0) << 32, 0, None, Type::COND))
    }

    /// The condition under which the receiver is one of those that the site saw, none of which is equal to nil, and the other operand nil;
    /// None when that is not so.
    fn known_not_nil(&mut self, pc: u32, a: ValueId, b: ValueId, site: u32, compare: Compare) -> Option<ValueId> {
        let converts = [sym::TO_ARY, sym::TO_STR, sym::TO_HASH];
        let shapes = self.compared_shapes(pc, a, site);
        let is_nil = self.unit.ty(b).repr == Repr::Word && self.kinds(b).is(Kinds::NIL);
        if !is_nil || !converts.iter().all(|&name| self.runtime.responds(ShapeId::NIL, name) == Some(false)) {
            return None;
        }
        if !shapes.iter().all(|&shape| self.differs_from_nil(shape) && (compare == Compare::Equal || self.compares_identity(shape, sym::NEQ))) {
            return None;
        }
        self.unit.dependencies.methods.extend(converts.into_iter().chain([sym::RESPOND_TO_MISSING, sym::EQ, sym::NEQ]));
        self.is_one_of(a, &shapes)
    }

    /// Is nil equal to none of the objects of a shape, unless it converts itself?
    fn differs_from_nil(&mut self, shape: ShapeId) -> bool {
        let Some(method) = self.runtime.method_of(shape, sym::EQ) else { return false };
        let is_native = matches!(method.body, objects::MethodBody::Native(_));
        is_native && matches!(self.runtime.owner_name(method).as_str(), "Array" | "String" | "Hash" | "BasicObject" | "Module")
    }

    fn is_one_of(&mut self, value: ValueId, shapes: &[ShapeId]) -> Option<ValueId> {
        let [first, ..] = *shapes else { return None };
        if shapes.len() > 4 || self.is_refined() {
            return None;
        }
        self.unit.dependencies.operators = true;
        let at = |index: usize| u64::from(shapes.get(index).unwrap_or(&first).0);
        Some(self.value(Ir::IsShapes, &[value], at(0) | at(1) << 32, at(2) | at(3) << 32, None, Type::COND))
    }

    /// The condition under which the receiver is one of those that the site saw, all of which are equal to themselves only.
    fn known_identity(&mut self, pc: u32, a: ValueId, site: u32, compare: Compare) -> Option<ValueId> {
        let shapes = self.compared_shapes(pc, a, site);
        let names: &[_] = if compare == Compare::Equal { &[sym::EQ] } else { &[sym::EQ, sym::NEQ] };
        if !shapes.iter().all(|&shape| names.iter().all(|&name| self.compares_identity(shape, name))) {
            return None;
        }
        self.unit.dependencies.methods.extend(names);
        self.is_one_of(a, &shapes)
    }

    /// Is `==` or `!=` of objects of the shape the one that asks for identity?
    fn compares_identity(&mut self, shape: ShapeId, name: value::Symbol) -> bool {
        let Some(method) = self.runtime.method_of(shape, name).filter(|method| matches!(method.body, objects::MethodBody::Native(_))) else {
            return false;
        };
        let owner = self.runtime.owner_name(method);
        if name == sym::NEQ { owner == "BasicObject" } else { NativeForm::of(&owner, &self.runtime.text(method.name), 1) == Some(NativeForm::IsSame) }
    }

    /// The answer where it is known.
    pub(super) fn equality(&mut self, known: Known, a: ValueId, b: ValueId, compare: Compare) -> ValueId {
        let b = self.word(b);
        let equal = match known.answer {
            Answer::Texts => self.value(Ir::StringEqual, &[a, b], 0, 0, None, Type::COND),
            Answer::Same => self.value(Ir::Same, &[a, b], 0, 0, None, Type::COND),
            Answer::Never => {
                let no = self.constant_value(value::Value::FALSE);
                self.value(Ir::Truthy, &[no], 0, 0, None, Type::COND)
            }
        };
        if compare == Compare::Equal { equal } else { self.value(Ir::Not, &[equal], 0, 0, None, Type::COND) }
    }
}
