//! Prints functions as text (`--dump=bc`): stable, without addresses; the goldens are made of it.

use std::fmt::Write;

use crate::function::{CallFlags, CallSite, CatchKind, Function, ImplicitParams, KeywordRest, Literal, Params, Place, SiteKind};
use crate::operand::{AnyOperand, OperandKind};
use crate::ops::{OPS, Op};

/// The function and its children as text.
pub fn disassemble(function: &Function) -> String {
    let mut out = String::new();
    print_function(&mut out, function, 0, None);
    out
}

fn print_function(out: &mut String, function: &Function, depth: usize, index: Option<usize>) {
    let pad = "  ".repeat(depth);
    let label = index.map_or(String::new(), |i| format!("fn{i} "));
    let _ = write!(out, "{pad}== {label}{:?} {}", function.kind, text(&function.name));
    let _ = writeln!(out, " line {} registers {}", function.line, function.registers);
    print_header(out, function, &pad);
    print_code(out, function, &pad);
    for catch in &function.catches {
        let kind = match catch.kind {
            CatchKind::Rescue => "rescue",
            CatchKind::Ensure => "ensure",
        };
        let (start, end, handler) = (catch.start, catch.end, catch.handler);
        let _ = writeln!(out, "{pad}catch {kind} {start}..{end} -> {handler} r{}", catch.register);
    }
    for (i, child) in function.children.iter().enumerate() {
        print_function(out, child, depth + 1, Some(i));
    }
}

fn print_header(out: &mut String, function: &Function, pad: &str) {
    let params = params_text(&function.params);
    if !params.is_empty() {
        let _ = writeln!(out, "{pad}params{params}");
    }
    if !function.locals.is_empty() {
        let _ = write!(out, "{pad}locals");
        for local in &function.locals {
            let place = match local.place {
                Place::Register(r) => format!("r{r}"),
                Place::Slot(s) => format!("slot{s}"),
            };
            let _ = write!(out, " {}={place}", text(&local.name));
        }
        let _ = writeln!(out, " end r{}", function.locals_end);
    }
    if let Some(env) = function.env {
        let _ = writeln!(out, "{pad}env r{} slots {}", env.base, env.slots);
    }
    if function.method_depth > 0 || function.specials {
        let specials = if function.specials { " specials" } else { "" };
        let _ = writeln!(out, "{pad}method_depth {}{specials}", function.method_depth);
    }
    if !function.ivar_names.is_empty() {
        let names: Vec<String> = function.ivar_names.iter().map(|n| text(n)).collect();
        let _ = writeln!(out, "{pad}ivars {}", names.join(" "));
    }
}

fn params_text(params: &Params) -> String {
    let mut out = String::new();
    let mut count = |name: &str, n: u16| {
        if n > 0 {
            let _ = write!(out, " {name}={n}");
        }
    };
    count("required", params.required);
    count("optional", params.optional);
    count("rest", u16::from(params.rest));
    count("post", params.post);
    for keyword in &params.keywords {
        let _ = write!(out, " {}:{}", text(&keyword.name), if keyword.required { "" } else { "?" });
    }
    match params.keyword_rest {
        KeywordRest::None => {}
        KeywordRest::Some | KeywordRest::Anonymous => out.push_str(" kwrest"),
        KeywordRest::Refused => out.push_str(" **nil"),
    }
    for (set, name) in [(params.block, " block"), (params.excess_comma, " excess_comma"), (params.forwarding, " forwarding")] {
        if set {
            out.push_str(name);
        }
    }
    match params.implicit {
        ImplicitParams::None => {}
        ImplicitParams::Numbered(n) => {
            let _ = write!(out, " numbered={n}");
        }
        ImplicitParams::It => out.push_str(" it"),
    }
    out
}

fn print_code(out: &mut String, function: &Function, pad: &str) {
    let mut at = 0;
    let mut line = None;
    while at < function.code.len() {
        let Some((op, next)) = Op::decode(&function.code, at) else {
            let _ = writeln!(out, "{pad}{at:5} <undecodable>");
            return;
        };
        let here = function.line_at(at as u32);
        if line != Some(here) {
            let _ = writeln!(out, "{pad}line {here}");
            line = Some(here);
        }
        let _ = write!(out, "{pad}{at:5} {}", OPS[op.opcode() as usize].name.trim_end_matches('_'));
        op.each_operand(&mut |name, operand| {
            out.push(' ');
            print_operand(out, function, name, operand);
        });
        out.push('\n');
        at = next;
    }
}

fn print_operand(out: &mut String, function: &Function, name: &str, operand: AnyOperand) {
    let value = operand.value;
    let index = value as usize;
    let _ = match operand.kind {
        OperandKind::Dst | OperandKind::Src | OperandKind::Mod => write!(out, "r{value}"),
        OperandKind::Base => write!(out, "r{value}.."),
        OperandKind::Imm | OperandKind::Count => write!(out, "{name}={value}"),
        OperandKind::Child => write!(out, "fn{value}"),
        OperandKind::Jump => write!(out, "@{value}"),
        OperandKind::Lit => match function.literals.get(index) {
            Some(literal) => write!(out, "{}", literal_text(literal)),
            None => write!(out, "lit{value}?"),
        },
        OperandKind::Site => match function.sites.get(index) {
            Some(site) => write!(out, "{}", site_text(site)),
            None => write!(out, "site{value}?"),
        },
    };
}

fn site_text(site: &SiteKind) -> String {
    match site {
        SiteKind::Call(call) => call_text(call),
        SiteKind::Ivar(name) | SiteKind::Const(name) => text(name),
        SiteKind::Loop => "loop".into(),
        SiteKind::Once => "once".into(),
    }
}

fn call_text(call: &CallSite) -> String {
    let mut out = format!("<{}/{}", text(&call.name), call.argc);
    for keyword in &call.keywords {
        let _ = write!(out, " {}:", text(keyword));
    }
    for (flag, name) in [
        (CallFlags::PRIVATE_OK, "private"),
        (CallFlags::VARIABLE_LIKE, "vcall"),
        (CallFlags::SPLAT, "splat"),
        (CallFlags::KW_HASH, "kwhash"),
        (CallFlags::KW_FRESH, "kwfresh"),
        (CallFlags::BLOCK_PASS, "&"),
        (CallFlags::ZSUPER, "zsuper"),
        (CallFlags::ASSIGNMENT, "assign"),
    ] {
        if call.flags.has(flag) {
            let _ = write!(out, " {name}");
        }
    }
    if let Some(block) = call.block {
        let _ = write!(out, " fn{block}@r{}", call.block_record);
    }
    if call.depth > 0 {
        let _ = write!(out, " depth={}", call.depth);
    }
    out.push('>');
    out
}

/// A literal in a Ruby-like notation.
pub fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Nil => "nil".into(),
        Literal::True => "true".into(),
        Literal::False => "false".into(),
        Literal::Int(value) => value.to_string(),
        Literal::BigInt(digits) => digits.clone(),
        Literal::Float(value) => format!("{value:?}"),
        Literal::Rational(a, b) => format!("({}/{})r", literal_text(a), literal_text(b)),
        Literal::Imaginary(a) => format!("{}i", literal_text(a)),
        Literal::Str(bytes, encoding) => format!("\"{}\"{}", text(bytes), encoding_text(encoding)),
        Literal::Symbol(bytes, encoding) => {
            let encoding = if *encoding == "US-ASCII" { "" } else { encoding };
            format!(":{}{}", text(bytes), encoding_text(encoding))
        }
        Literal::Regexp(bytes, flags, encoding) => {
            format!("/{}/{}{}", text(bytes), flags.0, encoding_text(encoding))
        }
        Literal::Range(a, b, exclusive) => {
            let dots = if *exclusive { "..." } else { ".." };
            format!("({}{dots}{})", literal_text(a), literal_text(b))
        }
        Literal::Array(items) => {
            let items: Vec<String> = items.iter().map(literal_text).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

fn encoding_text(encoding: &str) -> String {
    if encoding == "UTF-8" || encoding.is_empty() { String::new() } else { format!("<{encoding}>") }
}

/// Bytes as printable ASCII with escapes.
fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\'", "'")
}
