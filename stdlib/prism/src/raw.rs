//! The calls of the parser: a text in, bytes out.
//!
//! Invariant: what the parser allocates during a call it has given back at its end.

use ruby_prism_sys::{
    PM_STRING_QUERY_FALSE, PM_STRING_QUERY_TRUE, pm_string_query_constant, pm_string_query_local, pm_string_query_method_name, pm_string_query_t,
};
use std::ffi::{CStr, CString, c_char, c_int};

/// A growing buffer of the parser.
#[repr(C)]
struct Buffer {
    _opaque: [u8; 0],
}

type Serialize = unsafe extern "C" fn(*mut Buffer, *const u8, usize, *const c_char);
type Query = unsafe extern "C" fn(*const u8, usize, *const c_char) -> pm_string_query_t;

// The library has these functions, the crate does not declare them.
unsafe extern "C" {
    fn pm_buffer_new() -> *mut Buffer;
    fn pm_buffer_free(buffer: *mut Buffer);
    fn pm_buffer_value(buffer: *const Buffer) -> *const u8;
    fn pm_buffer_length(buffer: *const Buffer) -> usize;
    fn pm_serialize_parse(buffer: *mut Buffer, source: *const u8, size: usize, options: *const c_char);
    fn pm_serialize_lex(buffer: *mut Buffer, source: *const u8, size: usize, options: *const c_char);
    fn pm_serialize_parse_lex(buffer: *mut Buffer, source: *const u8, size: usize, options: *const c_char);
    fn pm_serialize_parse_success_p(source: *const u8, size: usize, options: *const c_char) -> bool;
    fn pm_token_type(kind: c_int) -> *const c_char;
}

/// What is asked of the parser.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// The tree.
    Tree,
    /// The tokens.
    Tokens,
    /// The tree and the tokens.
    Both,
}

impl Wanted {
    /// By the numbers that the Ruby part uses.
    pub const ALL: [Wanted; 3] = [Wanted::Tree, Wanted::Tokens, Wanted::Both];

    /// Does the answer begin with tokens?
    pub fn has_tokens(self) -> bool {
        self != Wanted::Tree
    }

    /// Does the answer end with a tree?
    pub fn has_tree(self) -> bool {
        self != Wanted::Tokens
    }
}

/// The serialized answer for a text. The options are as `pm_options_read` reads them.
pub fn serialize(wanted: Wanted, source: &[u8], options: &[u8]) -> Vec<u8> {
    let call: Serialize = match wanted {
        Wanted::Tree => pm_serialize_parse,
        Wanted::Tokens => pm_serialize_lex,
        Wanted::Both => pm_serialize_parse_lex,
    };
    // SAFETY: source and options live during the call, and so does the buffer, of which the bytes are copied before it goes.
    unsafe {
        let buffer = pm_buffer_new();
        call(buffer, source.as_ptr(), source.len(), options.as_ptr().cast());
        let bytes = std::slice::from_raw_parts(pm_buffer_value(buffer), pm_buffer_length(buffer)).to_vec();
        pm_buffer_free(buffer);
        bytes
    }
}

/// Does a text parse without errors?
pub fn is_accepted(source: &[u8], options: &[u8]) -> bool {
    // SAFETY: both live during the call.
    unsafe { pm_serialize_parse_success_p(source.as_ptr(), source.len(), options.as_ptr().cast()) }
}

/// The name of a kind of token.
pub fn token_name(kind: u32) -> &'static str {
    let Some(kind) = c_int::try_from(kind).ok() else { return "" };
    // SAFETY: the names are constants of the library; it is asked for the kinds that it has just used.
    unsafe { CStr::from_ptr(pm_token_type(kind)) }.to_str().unwrap_or("")
}

/// What a name can be asked to be: a local variable, a constant, a method.
pub const QUERIES: [Query; 3] = [pm_string_query_local, pm_string_query_constant, pm_string_query_method_name];

/// Is the text such a name? None in an encoding that the parser does not know.
pub fn is_name(query: Query, text: &[u8], encoding: &str) -> Option<bool> {
    let encoding = CString::new(encoding).ok()?;
    // SAFETY: text and name live during the call.
    match unsafe { query(text.as_ptr(), text.len(), encoding.as_ptr()) } {
        PM_STRING_QUERY_TRUE => Some(true),
        PM_STRING_QUERY_FALSE => Some(false),
        _ => None,
    }
}
