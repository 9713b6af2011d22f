//! Loading: compiled functions become codes with literal objects and empty caches.

use crate::vm::Vm;
use bytecode::{Function, Literal, Op, SiteKind};
use objects::site::{CallState, ConstState, IvarState, SiteState};
use objects::{Code, CodeRef};
use std::sync::Arc;
use text::encoding::Encoding;
use value::{Symbol, Value, sym};

/// Hidden variable of String literals: file and line.
const LITERAL_PLACE: &str = "literal place ";

impl Vm {
    /// Makes a function runnable. Children are loaded when first needed.
    pub fn load_function(&mut self, function: Arc<Function>, parent: Option<CodeRef>, source: Option<Arc<[u8]>>) -> CodeRef {
        let mut literals = self.roots.values(&[]);
        for (index, literal) in function.literals.iter().enumerate() {
            let value = match literal {
                Literal::Str(bytes, encoding) if self.options.debug_literals && !function.file.starts_with("<internal:") => {
                    self.placed_literal(&function, index, bytes, encoding)
                }
                literal => self.literal(literal),
            };
            literals.push(value);
        }
        let sites = function.sites.iter().map(|site| self.site_state(site)).collect();
        let keyword_names = function.params.keywords.iter().map(|keyword| self.intern_name(&keyword.name)).collect();
        let name = self.intern_name(&function.name);
        let id = self.internals.next_code_id();
        // The literals stay rooted until they are in the cell.
        let code = Code::new(id, function, Box::from(&literals[..]), sites, parent, keyword_names, name, source);
        let code = self.new_code(code);
        if self.is_traced() {
            self.mark_code(code);
        }
        code
    }

    /// Child `index` of a code, loaded on first use.
    #[inline]
    pub(crate) fn child(&mut self, code: CodeRef, index: u32) -> CodeRef {
        match code.child(index) {
            Some(child) => child,
            None => self.load_child(code, index),
        }
    }

    #[cold]
    fn load_child(&mut self, code: CodeRef, index: u32) -> CodeRef {
        let function = code.function.children[index as usize].clone();
        let child = self.load_function(function, Some(code), code.source.clone());
        code.set_child(index, child)
    }

    fn intern_name(&mut self, bytes: &[u8]) -> Symbol {
        self.symbols.intern_bytes(bytes, Encoding::UTF_8.index())
    }

    fn site_state(&mut self, site: &SiteKind) -> SiteState {
        match site {
            SiteKind::Call(call) => {
                let keywords = call.keywords.iter().map(|name| self.intern_name(name)).collect();
                SiteState::Call(Box::new(CallState {
                    argc: call.argc,
                    plain: call.block.is_none()
                        && call.keywords.is_empty()
                        && call.flags.0 & !(bytecode::CallFlags::PRIVATE_OK | bytecode::CallFlags::VARIABLE_LIKE | bytecode::CallFlags::ASSIGNMENT)
                            == 0,
                    name: self.intern_name(&call.name),
                    keywords,
                    site: call.clone(),
                    ..CallState::default()
                }))
            }
            SiteKind::Ivar(name) => SiteState::Ivar(IvarState::new(self.intern_name(name))),
            SiteKind::Const(name) => {
                SiteState::Const(ConstState { value: Value::UNDEF, cref: None, scope: Value::UNDEF, name: self.intern_name(name) })
            }
            SiteKind::Loop => SiteState::Loop(0),
            SiteKind::Once => SiteState::Once(Value::UNDEF),
        }
    }

    /// A String literal that knows where it stands (`--debug-frozen-string-literal`).
    #[cold]
    fn placed_literal(&mut self, function: &Function, index: usize, bytes: &[u8], encoding: &str) -> Value {
        let string = self.string(bytes, Self::encoding_named(encoding));
        let (mut at, mut line) = (0, function.line);
        while let Some((op, next)) = Op::decode(&function.code, at) {
            if matches!(op, Op::LoadLit { lit, .. } | Op::Str { lit, .. } | Op::StrChilled { lit, .. } if lit.0 as usize == index) {
                line = function.line_at(at as u32);
                break;
            }
            at = next;
        }
        let place = self.str(&format!("{}:{line}", function.file));
        let name = self.intern(LITERAL_PLACE);
        self.set_hidden(string, name, place);
        self.freeze(string)
    }

    /// Where a String literal was written, as far as that is kept.
    pub(crate) fn literal_place(&mut self, string: Value) -> Option<String> {
        if !self.options.debug_literals {
            return None;
        }
        let name = self.intern(LITERAL_PLACE);
        self.hidden(string, name).and_then(objects::RString::new).map(objects::RString::to_text)
    }

    fn encoding_named(name: &str) -> Encoding {
        Encoding::find(name).unwrap_or(Encoding::UTF_8)
    }

    /// The object of a literal.
    fn literal(&mut self, literal: &Literal) -> Value {
        match literal {
            Literal::Nil => Value::NIL,
            Literal::True => Value::TRUE,
            Literal::False => Value::FALSE,
            Literal::Int(number) => self.int(*number),
            Literal::BigInt(digits) => self.big(digits.parse().unwrap_or_default()),
            Literal::Float(number) => self.float(*number),
            Literal::Rational(numerator, denominator) => {
                let (numerator, denominator) = (self.literal(numerator), self.literal(denominator));
                self.rational_from(numerator, denominator)
            }
            Literal::Imaginary(part) => {
                let part = self.literal(part);
                self.complex_from(Value::small(0), part)
            }
            Literal::Str(bytes, encoding) => self.frozen_string(bytes, Self::encoding_named(encoding)),
            Literal::Symbol(bytes, encoding) => Value::symbol(self.symbols.intern_bytes(bytes, Self::encoding_named(encoding).index())),
            Literal::Regexp(source, flags, encoding) => self.regexp_literal(source, flags.0, Self::encoding_named(encoding)),
            Literal::Range(low, high, exclusive) => {
                let (low, high) = (self.literal(low), self.literal(high));
                self.range(low, high, *exclusive)
            }
            Literal::Array(elements) => {
                let array = self.new_array();
                for element in elements {
                    let value = self.literal(element);
                    if array.push(value).is_none() {
                        self.out_of_memory();
                    }
                }
                self.freeze(array.value())
            }
        }
    }

    /// A frozen Rational object in lowest terms with the given Integers (the compiler reduced them).
    pub fn rational_from(&mut self, numerator: Value, denominator: Value) -> Value {
        self.pair_object(self.core.rational, [(sym::H_NUMERATOR, numerator), (sym::H_DENOMINATOR, denominator)])
    }

    /// A frozen Complex object.
    pub fn complex_from(&mut self, real: Value, imaginary: Value) -> Value {
        self.pair_object(self.core.complex, [(sym::H_REAL, real), (sym::H_IMAGINARY, imaginary)])
    }

    fn pair_object(&mut self, class: Value, parts: [(Symbol, Value); 2]) -> Value {
        let instances = self.instance_shape(self.class_view(class));
        let object = match objects::object::allocate(&mut self.heap, instances.shape, instances.inline) {
            Some(object) => object,
            None => self.out_of_memory(),
        };
        for (name, value) in parts {
            self.set_hidden(object, name, value);
        }
        self.freeze(object)
    }
}
