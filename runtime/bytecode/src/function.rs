//! A compiled function: code, literals, sites, children and tables. Pure data; knows no Values.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Words below `fp` that belong to a frame: `fp[-1]` self, `fp[-2]` block, the rest private to the
/// VM. A call area starts this many registers before the callee's register 0.
pub const FRAME_HEADER: u16 = 8;
/// Offset of the receiver's register from the `base` of a call area.
pub const CALL_SELF: u16 = FRAME_HEADER - 1;
/// Offset of a passed block value (`&blk`) from the `base` of a call area.
pub const CALL_BLOCK: u16 = FRAME_HEADER - 2;
/// Words of an environment before its slots.
pub const ENV_HEADER: u16 = 6;
/// Environment slot of `$~` in the method-level environment of functions with `Specials`.
pub const ENV_SLOT_MATCH: u16 = 0;
/// Environment slot of `$_`.
pub const ENV_SLOT_LINE: u16 = 1;
/// Registers that a literal block of a call site takes in the caller (its stack block record).
pub const BLOCK_RECORD: u16 = 2;

/// What a function is the body of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, Serialize, Deserialize)]
pub enum FunctionKind {
    /// A script or required file.
    #[default]
    Top,
    /// `def`
    Method,
    /// A block given to a call, also `for` bodies, `END` and `/o` regexps.
    Block,
    /// `&:name` in a call, for one argument: the call of `name` on it. Its file is no file of the program.
    SymbolBlock,
    /// `-> {}`
    Lambda,
    /// Class body.
    Class,
    /// Module body.
    Module,
    /// `class << x` body.
    SingletonClass,
    /// Text given to `eval` and its kin.
    Eval,
}

impl FunctionKind {
    /// True when the function's variables nest inside those of the function around it.
    pub fn is_closure(self) -> bool {
        matches!(self, Self::Block | Self::SymbolBlock | Self::Lambda | Self::Eval)
    }
}

/// Name of an encoding ("UTF-8", "US-ASCII", ...). An alias, because serde takes a written reference for borrowed text.
pub type EncodingName = &'static str;

/// A literal object, made once when the function is loaded.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Literal {
    /// nil (also: no name).
    Nil,
    /// true
    True,
    /// false
    False,
    /// Integer within 64 bits.
    Int(i64),
    /// Larger Integer, decimal digits with optional sign.
    BigInt(String),
    /// Float.
    Float(f64),
    /// Rational of two integer literals.
    Rational(Box<Literal>, Box<Literal>),
    /// Imaginary number of a real literal.
    Imaginary(Box<Literal>),
    /// String bytes and encoding name ("UTF-8", "US-ASCII", "ASCII-8BIT", "Shift_JIS", ...). As `load_lit` it is
    /// frozen and shared.
    Str(Vec<u8>, #[serde(with = "crate::image::encoding_name")] EncodingName),
    /// Symbol bytes and encoding name.
    Symbol(Vec<u8>, #[serde(with = "crate::image::encoding_name")] EncodingName),
    /// Regexp source, flags and encoding name.
    Regexp(Vec<u8>, RegexpFlags, #[serde(with = "crate::image::encoding_name")] EncodingName),
    /// Range of two literals (nil for an open end), exclusive or not.
    Range(Box<Literal>, Box<Literal>, bool),
    /// Frozen Array of literals (keyword name lists, `hash_except` keys).
    Array(Vec<Literal>),
}

/// Flags of a regexp literal; the low three have Ruby's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default, Serialize, Deserialize)]
pub struct RegexpFlags(pub u16);

impl RegexpFlags {
    /// `i`
    pub const IGNORECASE: u16 = 1;
    /// `x`
    pub const EXTENDED: u16 = 2;
    /// `m`
    pub const MULTILINE: u16 = 4;
    /// Encoding fixed by `u`, `e`, `s` or by the source.
    pub const FIXED_ENCODING: u16 = 16;
    /// `n`
    pub const NO_ENCODING: u16 = 32;
    /// For a pattern put together at run time: `e`.
    pub const FORCED_EUC_JP: u16 = 256;
    /// The same: `s`.
    pub const FORCED_WINDOWS_31J: u16 = 512;
    /// The same: `u`.
    pub const FORCED_UTF_8: u16 = 1024;
}

/// What a call passes besides plain arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default, Serialize, Deserialize)]
pub struct CallFlags(pub u16);

impl CallFlags {
    /// No receiver written, or `self.`: private methods may be called.
    pub const PRIVATE_OK: u16 = 1;
    /// A bare identifier that could have been a variable (for the NameError text).
    pub const VARIABLE_LIKE: u16 = 2;
    /// All positional arguments are in one Array.
    pub const SPLAT: u16 = 4;
    /// A keyword Hash follows the positional arguments.
    pub const KW_HASH: u16 = 8;
    /// The value to pass as block is in `r[base + CALL_BLOCK]`.
    pub const BLOCK_PASS: u16 = 16;
    /// Super without argument list.
    pub const ZSUPER: u16 = 32;
    /// The last positional argument is the value of an assignment (`a.b = v`).
    pub const ASSIGNMENT: u16 = 64;
    /// The keyword Hash was made by the compiler and may be kept by the callee.
    pub const KW_FRESH: u16 = 128;

    /// True when every bit of `flag` is set.
    pub fn has(self, flag: u16) -> bool {
        self.0 & flag == flag
    }
}

/// A call site. Call area from `base`: registers `base..base+8` become the callee's frame header,
/// so that arguments are written where the callee reads them:
///
/// ```text
/// base+6  block value (BLOCK_PASS only)     base+7  receiver (unused by yield)
/// base+8  without SPLAT: `argc` positional arguments, then one value for each of `keywords`,
///         or one Hash (KW_HASH)
///         with SPLAT: one Array of all positional arguments, then one Hash (KW_HASH)
/// ```
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct CallSite {
    /// Method name (empty for yield).
    pub name: Vec<u8>,
    /// Count of positional arguments (1 with SPLAT: the Array).
    pub argc: u16,
    /// Literal keyword names whose values follow the positional arguments.
    pub keywords: Vec<Vec<u8>>,
    /// See `CallFlags`.
    pub flags: CallFlags,
    /// Index of the literal block's function among the children.
    pub block: Option<u32>,
    /// First of the `BLOCK_RECORD` registers for the literal block.
    pub block_record: u16,
    /// `yield`, `super`: scopes between this function and the method-level function.
    pub depth: u16,
}

/// Description of what a `Site` operand refers to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum SiteKind {
    /// `send`, `send_super`, `yield`, and the operators with their method name.
    Call(CallSite),
    /// Instance variable name with `@`.
    Ivar(Vec<u8>),
    /// Constant name.
    Const(Vec<u8>),
    /// Loop header.
    Loop,
    /// Remembered value of `once` / `at_exit`.
    Once,
}

/// A keyword parameter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeywordParam {
    /// Name without colon.
    pub name: Vec<u8>,
    /// True when there is no default.
    pub required: bool,
}

/// The `**` parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum KeywordRest {
    /// None.
    #[default]
    None,
    /// `**name`: has a register.
    Some,
    /// `**` or the keyword part of `...`: has a register, which is nil when there are no keywords.
    Anonymous,
    /// `**nil`: keywords are refused; no register.
    Refused,
}

impl KeywordRest {
    /// Are keywords without a parameter of their own taken?
    pub fn is_some(self) -> bool {
        matches!(self, KeywordRest::Some | KeywordRest::Anonymous)
    }
}

/// Parameters. Their registers come first in the frame and in this order: required, optional, rest,
/// post, keywords, keyword rest, block. Optional arguments and keywords not given are undef; the
/// code tests with `jump_given` and runs the default.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Params {
    /// Leading required parameters (a destructured one counts once).
    pub required: u16,
    /// Optional parameters.
    pub optional: u16,
    /// `*rest` or `*` has a register.
    pub rest: bool,
    /// Required parameters behind.
    pub post: u16,
    /// Keyword parameters in order.
    pub keywords: Vec<KeywordParam>,
    /// `**` parameter.
    pub keyword_rest: KeywordRest,
    /// `&block` has a register (filled by `block_param` in the code, not by the call).
    pub block: bool,
    /// `|a,|`: one parameter, but destructuring.
    pub excess_comma: bool,
    /// Declared `...`.
    pub forwarding: bool,
    /// `_1`/`it` parameters (count for numbered, 1 for `it`).
    pub implicit: ImplicitParams,
    /// Names for `parameters`, one a register in register order; empty for destructured and
    /// anonymous ones (`*`, `**`, `&` names are the signs themselves).
    pub names: Vec<Vec<u8>>,
}

/// Implicit block parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum ImplicitParams {
    /// None.
    #[default]
    None,
    /// `_1`..; the count.
    Numbered(u8),
    /// `it`
    It,
}

impl Params {
    /// Registers taken by parameters.
    pub fn registers(&self) -> u16 {
        self.required
            + self.optional
            + u16::from(self.rest)
            + self.post
            + self.keywords.len() as u16
            + u16::from(self.keyword_rest.is_some())
            + u16::from(self.block)
    }

    /// True when a call with exactly `required` positional arguments needs no shuffling.
    pub fn is_simple(&self) -> bool {
        !self.rest && self.takes_no_more()
    }

    /// True when `*rest` is all there is.
    pub fn is_rest_only(&self) -> bool {
        self.rest && self.required == 0 && self.takes_no_more()
    }

    /// True when there are required, optional and rest parameters only.
    pub fn is_positional(&self) -> bool {
        self.post == 0 && self.keywords.is_empty() && self.keyword_rest == KeywordRest::None
    }

    fn takes_no_more(&self) -> bool {
        self.optional == 0 && self.is_positional()
    }
}

/// Where a local variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Place {
    /// A register of the frame (not captured).
    Register(u16),
    /// A slot of the function's environment (captured by a block or visible to eval).
    Slot(u16),
}

/// A named local variable.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Local {
    /// Name; hidden variables of the compiler have none here.
    pub name: Vec<u8>,
    /// Where it lives.
    pub place: Place,
}

/// The function's environment: `ENV_HEADER` words and `slots` slots from register `base`. Present in
/// every function that has closures inside, captured variables, or frame-local specials.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EnvLayout {
    /// First register.
    pub base: u16,
    /// Number of slots.
    pub slots: u16,
}

/// What a handler catches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum CatchKind {
    /// Exceptions only; sets `$!`.
    Rescue,
    /// Everything that passes: exceptions, break, return, throw, thread kill.
    Ensure,
}

/// A protected range `start..end` of units; earlier entries are inner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Catch {
    /// First unit.
    pub start: u32,
    /// First unit behind.
    pub end: u32,
    /// Handler's unit.
    pub handler: u32,
    /// What it catches.
    pub kind: CatchKind,
    /// Register that receives the exception (rescue) or the pending state for `rethrow` (ensure).
    pub register: u16,
}

/// Source line of the code from `pc` on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LineEntry {
    /// First unit.
    pub pc: u32,
    /// Line, 1-based (may be lower for eval).
    pub line: i32,
}

/// Kinds of `defined?` that the VM answers; the compiler turns the truth into the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i16)]
pub enum DefinedKind {
    /// `@name`
    Ivar,
    /// `$name`
    Global,
    /// `@@name`
    Cvar,
    /// `Name` from the lexical scope.
    Const,
    /// `src::Name` (constant).
    ConstFrom,
    /// Method callable on self (private included).
    Function,
    /// Public method of `src` (protected when self fits).
    Method,
    /// A block was given (`yield`); `src` unused.
    Yield,
    /// `super` would find a method.
    Super,
    /// `$1`.. is set; name is an Int literal with the `backref` kind.
    Backref,
    /// `src::name` where the scope may be a method or constant: constant only.
    ConstTop,
}

/// Why a lone pattern does not match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i16)]
pub enum MatchFault {
    /// `left === right` is not true.
    Unequal,
    /// `left` has no `deconstruct`.
    NoDeconstruct,
    /// `left` has no `deconstruct_keys`.
    NoDeconstructKeys,
    /// The Array `left` has not `right` elements.
    Length,
    /// The Array `left` has fewer than `right` elements.
    MinimalLength,
    /// Nothing in the Array `left` fits.
    NotFound,
    /// The Hash `left` has no key `right`.
    Key,
    /// The Hash `left` is not empty.
    NotEmpty,
    /// The other pairs, `left`, of the Hash are not empty.
    RestNotEmpty,
    /// `if` or `unless` behind the pattern.
    Guard,
}

impl MatchFault {
    const ALL: [MatchFault; 10] = [
        Self::Unequal,
        Self::NoDeconstruct,
        Self::NoDeconstructKeys,
        Self::Length,
        Self::MinimalLength,
        Self::NotFound,
        Self::Key,
        Self::NotEmpty,
        Self::RestNotEmpty,
        Self::Guard,
    ];

    /// The fault with a number.
    pub fn from_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|index| Self::ALL.get(index).copied())
    }
}

/// A compiled function with its tables.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Function {
    /// What it is the body of.
    pub kind: FunctionKind,
    /// Method name, class name, or empty; blocks are labelled by what is around them.
    pub name: Vec<u8>,
    /// File as given to the compiler.
    pub file: Arc<str>,
    /// Line of the definition.
    pub line: i32,
    /// Byte range of the definition in the source (methods are stored as source).
    pub source_range: (u32, u32),
    /// Parameters.
    pub params: Params,
    /// Total registers, call areas included.
    pub registers: u16,
    /// Registers `params.registers()..locals_end` are set to nil at entry.
    pub locals_end: u16,
    /// Named variables, parameters first.
    pub locals: Vec<Local>,
    /// Environment, if any.
    pub env: Option<EnvLayout>,
    /// Scopes up to the method-level function (0 = this is it).
    pub method_depth: u16,
    /// The method-level environment has `$~` and `$_` slots that code here may use.
    pub specials: bool,
    /// Code units.
    pub code: Vec<u16>,
    /// Literals.
    pub literals: Vec<Literal>,
    /// Sites.
    pub sites: Vec<SiteKind>,
    /// Functions defined inside.
    pub children: Vec<Arc<Function>>,
    /// Handlers, inner first.
    pub catches: Vec<Catch>,
    /// Lines by ascending pc.
    pub lines: Vec<LineEntry>,
    /// Instance variable names assigned here or in children (sizes new objects).
    pub ivar_names: Vec<Vec<u8>>,
}

impl Function {
    /// Line of the instruction at `pc`.
    pub fn line_at(&self, pc: u32) -> i32 {
        let index = self.lines.partition_point(|entry| entry.pc <= pc);
        index.checked_sub(1).map_or(self.line, |i| self.lines[i].line)
    }
}
