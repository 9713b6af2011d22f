//! Symbols: interned names, numbered in order of interning.

use stdx::{HashTable, hash_of};

stdx::define_id!(
    /// A Ruby Symbol.
    Symbol, "sym"
);

/// Encoding number as the text crate counts it; symbols only store it.
pub type EncodingNumber = u8;

/// Where a name ends in the table's bytes, and its encoding. It begins where the name before it ends.
#[derive(Clone, Copy)]
struct Name(u64);

impl Name {
    const ENCODING_BITS: u32 = EncodingNumber::BITS;

    fn new(end: usize, encoding: EncodingNumber) -> Name {
        Name((end as u64) << Self::ENCODING_BITS | u64::from(encoding))
    }

    fn end(self) -> usize {
        (self.0 >> Self::ENCODING_BITS) as usize
    }

    fn encoding(self) -> EncodingNumber {
        self.0 as EncodingNumber
    }
}

/// The names themselves, one behind the other: programs make many short ones that stay for ever.
#[derive(Default)]
struct Names {
    bytes: Vec<u8>,
    names: Vec<Name>,
}

impl Names {
    fn bytes(&self, symbol: Symbol) -> &[u8] {
        let start = symbol.index().checked_sub(1).map_or(0, |before| self.names[before].end());
        &self.bytes[start..self.names[symbol.index()].end()]
    }

    fn encoding(&self, symbol: Symbol) -> EncodingNumber {
        self.names[symbol.index()].encoding()
    }

    fn push(&mut self, bytes: &[u8], encoding: EncodingNumber) -> Symbol {
        let number = u32::try_from(self.names.len()).expect("fewer than 2^32 symbols fit in memory");
        self.bytes.extend_from_slice(bytes);
        self.names.push(Name::new(self.bytes.len(), encoding));
        Symbol(number)
    }

    fn hash(&self, symbol: Symbol) -> u64 {
        hash_of(&(self.bytes(symbol), self.encoding(symbol)))
    }
}

/// Where texts lay that were interned lately, and what became of them: the literals of Rust code are asked for again and again.
struct Recent([(usize, Symbol); Recent::SLOTS]);

impl Recent {
    const SLOTS: usize = 256;

    fn slot(&mut self, name: &str) -> &mut (usize, Symbol) {
        let address = name.as_ptr() as usize;
        &mut self.0[(address ^ address >> 8 ^ name.len()) % Recent::SLOTS]
    }
}

/// The table of all symbols. The names of `sym` come first, so that they are constants.
pub struct SymbolTable {
    names: Names,
    by_name: HashTable<Symbol>,
    recent: Box<Recent>,
    ascii: EncodingNumber,
    utf8: EncodingNumber,
}

impl SymbolTable {
    /// A table with the well-known names; `ascii` and `utf8` are the numbers of US-ASCII and UTF-8.
    pub fn new(ascii: EncodingNumber, utf8: EncodingNumber) -> SymbolTable {
        let mut table = SymbolTable {
            names: Names::default(),
            by_name: HashTable::new(),
            recent: Box::new(Recent([(0, Symbol(0)); Recent::SLOTS])),
            ascii,
            utf8,
        };
        for (index, name) in sym::NAMES.iter().enumerate() {
            let symbol = table.intern(name);
            assert_eq!(symbol.index(), index, "name {name} stands twice in the list");
        }
        table
    }

    /// Interns UTF-8 text.
    pub fn intern(&mut self, name: &str) -> Symbol {
        let (address, known) = *self.recent.slot(name);
        // The memory may have another text by now.
        if address == name.as_ptr() as usize && self.names.bytes(known) == name.as_bytes() {
            return known;
        }
        let symbol = self.intern_bytes(name.as_bytes(), self.utf8);
        *self.recent.slot(name) = (name.as_ptr() as usize, symbol);
        symbol
    }

    /// Interns bytes in an encoding; ASCII-only names are US-ASCII whatever the encoding.
    pub fn intern_bytes(&mut self, bytes: &[u8], encoding: EncodingNumber) -> Symbol {
        if let Some(symbol) = self.find(bytes, encoding) {
            return symbol;
        }
        let symbol = self.names.push(bytes, self.stored_encoding(bytes, encoding));
        self.by_name.insert_unique(self.names.hash(symbol), symbol, |&other| self.names.hash(other));
        symbol
    }

    /// The symbol of that name if it was interned.
    pub fn find(&self, bytes: &[u8], encoding: EncodingNumber) -> Option<Symbol> {
        let encoding = self.stored_encoding(bytes, encoding);
        let is_same = |&symbol: &Symbol| self.names.bytes(symbol) == bytes && self.names.encoding(symbol) == encoding;
        self.by_name.find(hash_of(&(bytes, encoding)), is_same).copied()
    }

    fn stored_encoding(&self, bytes: &[u8], encoding: EncodingNumber) -> EncodingNumber {
        if bytes.is_ascii() { self.ascii } else { encoding }
    }

    /// The bytes of a symbol.
    pub fn bytes(&self, symbol: Symbol) -> &[u8] {
        self.names.bytes(symbol)
    }

    /// The encoding of a symbol.
    pub fn encoding(&self, symbol: Symbol) -> EncodingNumber {
        self.names.encoding(symbol)
    }

    /// The name as text, invalid bytes replaced (for messages).
    pub fn text(&self, symbol: Symbol) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(symbol))
    }

    /// Number of symbols.
    pub fn len(&self) -> usize {
        self.names.names.len()
    }

    /// Never true: the well-known names are always there.
    pub fn is_empty(&self) -> bool {
        self.names.names.is_empty()
    }
}

macro_rules! well_known {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// Symbols with fixed numbers.
        pub mod sym {
            use super::Symbol;
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "numbers the names below")]
            #[repr(u32)]
            enum Number { $($name),* }
            $( #[doc = concat!("`", $text, "`")] pub const $name: Symbol = Symbol(Number::$name as u32); )*
            /// The names in order of their numbers.
            pub const NAMES: &[&str] = &[$($text),*];
        }
    };
}

well_known! {
    EMPTY = "", INITIALIZE = "initialize", METHOD_MISSING = "method_missing", RESPOND_TO_MISSING = "respond_to_missing?", RUBY2_KEYWORDS = "ruby2_keywords",
    RESPOND_TO = "respond_to?", TO_S = "to_s", TO_STR = "to_str", TO_A = "to_a", TO_ARY = "to_ary", TO_H = "to_h",
    TO_HASH = "to_hash", TO_I = "to_i", TO_INT = "to_int", TO_F = "to_f", TO_R = "to_r", TO_C = "to_c", TO_SYM = "to_sym", TO_PROC = "to_proc",
    TO_PATH = "to_path", TO_IO = "to_io", INSPECT = "inspect", HASH = "hash", EQL = "eql?", EQUAL = "equal?", CALL = "call", EACH = "each",
    EACH_PAIR = "each_pair", COERCE = "coerce", DUP = "dup", CLONE = "clone", INITIALIZE_COPY = "initialize_copy", INITIALIZE_DUP = "initialize_dup",
    INITIALIZE_CLONE = "initialize_clone", NEW = "new", ALLOCATE = "allocate", INHERITED = "inherited", INCLUDED = "included",
    EXTENDED = "extended", PREPENDED = "prepended", METHOD_ADDED = "method_added", SINGLETON_METHOD_ADDED = "singleton_method_added",
    METHOD_REMOVED = "method_removed", METHOD_UNDEFINED = "method_undefined", SINGLETON_METHOD_REMOVED = "singleton_method_removed",
    SINGLETON_METHOD_UNDEFINED = "singleton_method_undefined", APPEND_FEATURES = "append_features", PREPEND_FEATURES = "prepend_features",
    EXTEND_OBJECT = "extend_object", CONST_MISSING = "const_missing", CONST_ADDED = "const_added", EXCEPTION = "exception", MESSAGE = "message",
    DETAILED_MESSAGE = "detailed_message", FULL_MESSAGE = "full_message", BACKTRACE = "backtrace", SET_BACKTRACE = "set_backtrace",
    DECONSTRUCT = "deconstruct", DECONSTRUCT_KEYS = "deconstruct_keys", BEGIN = "begin", END = "end", SUCC = "succ", CMP = "<=>", EQ = "==",
    EQQ = "===", NEQ = "!=", NOT = "!", LT = "<", LE = "<=", GT = ">", GE = ">=", ADD = "+", SUB = "-", MUL = "*", DIV = "/", REM = "%",
    POW = "**", AND = "&", OR = "|", XOR = "^", SHL = "<<", SHR = ">>", NEG = "-@", PLUS = "+@", BIT_NOT = "~", INDEX = "[]", INDEX_SET = "[]=",
    MATCH = "=~", NMATCH = "!~", SIZE = "size", LENGTH = "length", EMPTY_P = "empty?", NIL_P = "nil?", FIRST = "first", LAST = "last",
    MIN = "min", MAX = "max", KEY_P = "key?", FETCH = "fetch", DIVMOD = "divmod", FDIV = "fdiv", QUO = "quo", WRITE = "write", PUTS = "puts", PRINT = "print",
    FLUSH = "flush", READ = "read", GETS = "gets", CLOSE = "close", NAME = "name", RAISE = "raise", LAMBDA = "lambda", PROC = "proc", SEND = "send",
    DUNDER_SEND = "__send__", PUBLIC_SEND = "public_send", BINDING = "binding", EVAL = "eval", INSTANCE_EVAL = "instance_eval", OBJECT_ID = "object_id", DUNDER_ID = "__id__",
    CLASS = "class", FREEZE = "freeze", FROZEN_P = "frozen?", DEFAULT = "default", IS_A_P = "is_a?", KIND_OF_P = "kind_of?", MATCH_M = "match",
    MARSHAL_DUMP = "marshal_dump", MARSHAL_LOAD = "marshal_load", DUNDER_METHOD = "__method__", BLOCK_GIVEN = "block_given?", NEXT = "next",
    // Hidden instance variables (no `@`): state of objects that Ruby code cannot name.
    H_MESSAGE = "message ", H_BACKTRACE = "backtrace ", H_CAUSE = "cause ", H_NAME = "name ", H_RECEIVER = "receiver ", H_KEY = "key ",
    H_STATUS = "status ", H_RESULT = "result ", H_REASON = "reason ", H_ARGS = "args ", H_LOCATIONS = "locations ", H_ERRNO = "errno ", H_VALUE = "value ",
    H_TAG = "tag ", H_SIGNO = "signo ", H_NUMERATOR = "numerator ", H_DENOMINATOR = "denominator ", H_REAL = "real ", H_IMAGINARY = "imaginary ", H_PATH = "path ",
    H_ANCESTORS = "ancestors ", H_RACTOR = "ractor ", H_THREAD = "thread ", H_SHAREABLE = "shareable ", H_ISOLATED = "isolated ",
    H_REFUSES_INSTANCES = "refuses instances ",
    // Keyword names.
    K_EXCEPTION = "exception ", K_CAUSE = "cause", K_HIGHLIGHT = "highlight", K_ORDER = "order", K_HALF = "half", K_FREEZE = "freeze:", K_CHOMP = "chomp",
    K_BY = "by", K_TO = "to", K_STEP = "step", K_CAPACITY = "capacity", K_ENCODING = "encoding", K_MODE = "mode", K_RANDOM = "random", K_KEYWORD_INIT = "keyword_init",
    K_UPLEVEL = "uplevel", K_CATEGORY = "category", K_IN = "in", K_BASE = "base", K_KEY = "key", K_RECEIVER = "receiver", K_INVALID = "invalid", K_UNDEF = "undef", K_REPLACE = "replace",
    STDOUT_G = "$stdout", STDERR_G = "$stderr", STDIN_G = "$stdin", ARGF_G = "$<", ARGV_G = "$*", ERRINFO_G = "$!", ERRAT_G = "$@", MATCH_G = "$~", LINE_G = "$_", PROGRAM_G = "$0", RS_G = "$/", OFS_G = "$,", ORS_G = "$\\", FS_G = "$;",
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASCII: EncodingNumber = 1;
    const UTF8: EncodingNumber = 2;
    const LATIN1: EncodingNumber = 3;

    #[test]
    fn names_of_one_bytes_are_told_apart_by_encoding() {
        let mut table = SymbolTable::new(ASCII, UTF8);
        let utf8 = table.intern("é");
        let latin1 = table.intern_bytes("é".as_bytes(), LATIN1);
        assert_ne!(utf8, latin1);
        assert_eq!((table.encoding(utf8), table.encoding(latin1)), (UTF8, LATIN1));
        assert_eq!(table.intern_bytes(b"plain", LATIN1), table.intern("plain"));
        assert_eq!(table.find("é".as_bytes(), ASCII), None);
    }

    #[test]
    fn names_stay_when_the_table_grows() {
        let mut table = SymbolTable::new(ASCII, UTF8);
        let empty = table.intern("");
        let symbols: Vec<Symbol> = (0..10_000).map(|number| table.intern(&format!("name {number}"))).collect();
        for (number, &symbol) in symbols.iter().enumerate() {
            assert_eq!(table.bytes(symbol), format!("name {number}").as_bytes());
            assert_eq!(table.find(table.bytes(symbol), UTF8), Some(symbol));
        }
        assert_eq!((empty, table.bytes(empty)), (sym::EMPTY, &b""[..]));
        assert_eq!(table.len(), sym::NAMES.len() + symbols.len());
    }
}
