//! Methods as they are saved: source with what it stands in, or what makes them without source.

use super::singleton::owner_of;
use crate::decode::{next_value, read};
use crate::encode::{class_field, not_persistable, put};
use crate::pending::PendingCommit;
use crate::space::Space;
use codec::{BodyReader, BodyWriter, CorruptBody, Field};
use objects::{CodeRef, CrefRef, MethodBody, MethodRef, RClass, Visibility};
use std::sync::Arc;
use store::Oid;
use value::{Symbol, Value, sym};
use vm::{RResult, Rooted, RootedValues, Vm};

/// Lines that a definition may go on behind its end, for the bodies of its heredocs.
const HEREDOC_LINES_MAX: usize = 10_000;

const REFINED: &str = "it uses refinements";
const SOURCELESS: &str = "its source is not known";

/// A method as it is saved.
#[derive(Clone, PartialEq)]
pub struct Method {
    visibility: Visibility,
    /// `ruby2_keywords`
    passes_keywords: bool,
    body: Body,
}

#[derive(Clone, PartialEq)]
enum Body {
    /// Text of the definition, file, line, the modules around it, the outermost first, and those whose refinements are in force.
    Source {
        text: Arc<[u8]>,
        file: Arc<str>,
        line: i32,
        nesting: Vec<Value>,
        refining: Vec<(Value, bool)>,
    },
    Reader(Symbol),
    Writer(Symbol),
    StructReader(u32),
    StructWriter(u32),
    /// A new visibility for an inherited method.
    Inherited,
    Undefined,
    /// Another method under a new name: its owner, its own name, what it does.
    Alias(Value, Symbol, Box<Body>),
    /// A method of a class of the core under another name.
    Core(Value, Symbol),
    /// Class method that every class made by Struct (0) or Data (1) has.
    Made(u32),
    /// A Proc runs (`define_method`).
    Block(Value),
    /// Cannot be saved, and why.
    Unsaved(&'static str),
}

/// Sources of methods by the methods' serials: classes are looked at often, and finding the end of a heredoc costs.
#[derive(Default)]
struct Known(stdx::FastMap<u64, Body>);

impl vm::vm::Extension for Known {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        self.0.values().for_each(|body| body.trace(tracer));
    }
}

impl Body {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        match self {
            Body::Alias(owner, _, body) => {
                tracer.value(*owner);
                body.trace(tracer);
            }
            Body::Source { nesting, refining, .. } => {
                tracer.values(nesting);
                refining.iter().for_each(|&(module, _)| tracer.value(module));
            }
            Body::Core(value, _) | Body::Block(value) => tracer.value(*value),
            _ => {}
        }
    }
}

impl Method {
    /// Reports the values held.
    pub fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        self.body.trace(tracer);
    }

    /// Was it marked by `ruby2_keywords`?
    pub fn passes_keywords(&self) -> bool {
        self.passes_keywords
    }

    /// Who may call it.
    pub fn visibility(&self) -> Visibility {
        self.visibility
    }
}

/// A method of a class as it would be saved.
pub fn method_of(vm: &mut Vm, class: RClass, method: MethodRef) -> Method {
    let is_alias = matches!(method.body, MethodBody::Alias(_));
    let target = method.resolved();
    let body = body_of(vm, class, target, is_alias);
    let body = match body {
        Body::Core(..) | Body::Undefined | Body::Unsaved(_) => body,
        body if is_alias => Body::Alias(target.owner, target.name, Box::new(body)),
        body => body,
    };
    Method { visibility: method.visibility, passes_keywords: method.ruby2_keywords.get(), body }
}

fn body_of(vm: &mut Vm, class: RClass, target: MethodRef, is_alias: bool) -> Body {
    match target.body {
        MethodBody::Ruby(code, cref) => {
            let serial = target.serial;
            if let Some(known) = vm.extension::<Known>().0.get(&serial) {
                return known.clone();
            }
            let body = ruby(vm, code, cref);
            vm.extension::<Known>().0.insert(serial, body.clone());
            body
        }
        MethodBody::Reader(variable) => Body::Reader(variable),
        MethodBody::Writer(variable) => Body::Writer(variable),
        MethodBody::StructReader(index) => Body::StructReader(index),
        MethodBody::StructWriter(index) => Body::StructWriter(index),
        MethodBody::Inherited => Body::Inherited,
        MethodBody::Undefined => Body::Undefined,
        MethodBody::Proc(callable) => Body::Block(callable),
        MethodBody::Alias(_) => Body::Unsaved("it is an alias without end"),
        MethodBody::Native(_) => native(vm, class, target, is_alias),
    }
}

fn native(vm: &Vm, class: RClass, target: MethodRef, is_alias: bool) -> Body {
    let above = class.data().superclass;
    match above {
        Some(above) if !is_alias && above == vm.core.struct_ => Body::Made(0),
        Some(above) if !is_alias && above == vm.core.data => Body::Made(1),
        _ => match RClass::new(target.owner).filter(|&owner| vm.is_core_class(owner) && !owner.is_singleton()) {
            Some(owner) => Body::Core(owner.value(), target.name),
            None => Body::Unsaved("it is a native method"),
        },
    }
}

fn ruby(vm: &mut Vm, code: CodeRef, cref: CrefRef) -> Body {
    let (start, end) = code.function.source_range;
    let Some(source) = code.source.clone() else { return Body::Unsaved(SOURCELESS) };
    if code.function.kind != bytecode::FunctionKind::Method || source.get(start as usize..end as usize).is_none_or(<[u8]>::is_empty) {
        return Body::Unsaved(SOURCELESS);
    }
    let comment = magic_comments(&source);
    let lines = comment.iter().filter(|&&byte| byte == b'\n').count() as i32;
    let mut text = comment;
    text.extend(whole_text(&source, start as usize, end as usize, &|text| vm.is_definition(text)));
    Body::Source {
        text: Arc::from(text),
        file: code.file.clone(),
        line: code.function.line.max(1) - lines,
        nesting: nesting(cref),
        refining: vm.refining_modules(cref),
    }
}

/// The modules around a definition, the outermost first. The singleton class of an object (`class << object`) has no constants that are
/// saved, and is left out.
fn nesting(cref: CrefRef) -> Vec<Value> {
    let mut modules = Vec::new();
    let mut scope = Some(cref);
    while let Some(at) = scope.filter(|at| at.parent.is_some()) {
        let module = at.module.get();
        let is_left_out = RClass::new(module).and_then(owner_of).is_some();
        if !at.transparent && !is_left_out {
            modules.push(module);
        }
        scope = at.parent;
    }
    modules.reverse();
    modules
}

/// The comments at the head of a file that say how it is read.
fn magic_comments(source: &[u8]) -> Vec<u8> {
    let mut comments = Vec::new();
    for line in source.split_inclusive(|&byte| byte == b'\n').take_while(|line| line.starts_with(b"#") || line.trim_ascii().is_empty()) {
        let text = String::from_utf8_lossy(line).to_ascii_lowercase().replace('_', "-");
        if text.contains("frozen-string-literal:") || text.contains("coding:") {
            comments.extend_from_slice(line);
        }
    }
    if !comments.is_empty() && !comments.ends_with(b"\n") {
        comments.push(b'\n');
    }
    comments
}

/// The definition with the bodies of heredocs that begin on its last line: they stand behind it.
fn whole_text(source: &[u8], start: usize, end: usize, is_whole: &dyn Fn(&[u8]) -> bool) -> Vec<u8> {
    let text = &source[start..end];
    if !text.windows(2).any(|pair| pair == b"<<") || is_whole(text) {
        return text.to_vec();
    }
    // What else stands on the last line is no part of the definition.
    let rest = &source[end..];
    let Some(line_end) = rest.iter().position(|&byte| byte == b'\n') else { return text.to_vec() };
    let mut longer = text.to_vec();
    longer.push(b'\n');
    for line in rest[line_end + 1..].split_inclusive(|&byte| byte == b'\n').take(HEREDOC_LINES_MAX) {
        longer.extend_from_slice(line);
        if is_whole(&longer) {
            return longer;
        }
    }
    text.to_vec()
}

/// The expression that makes a Proc of this code, and the line it begins in; or why there is none.
pub fn block_text(vm: &mut Vm, code: CodeRef, cref: CrefRef) -> Result<(Vec<u8>, i32), &'static str> {
    if cref.refinements.get().is_some() {
        return Err(REFINED);
    }
    let (start, end) = (code.function.source_range.0 as usize, code.function.source_range.1 as usize);
    let Some(source) = code.source.clone().filter(|source| source.get(start..end).is_some()) else { return Err(SOURCELESS) };
    let offset = |text: &[u8]| vm.block_expression(code, text).and_then(|text| vm.block_line_offset(&text));
    let text = whole_text(&source, start, end, &|text| offset(text).is_some());
    let (Some(lines), Some(expression)) = (offset(&text), vm.block_expression(code, &text)) else {
        return Err("its source alone makes no Proc: `yield` and the body of a `for` belong to what is around them");
    };
    let mut whole = magic_comments(&source);
    let comments = whole.iter().filter(|&&byte| byte == b'\n').count() as i32;
    whole.extend(expression);
    Ok((whole, code.function.line - lines - comments))
}

/// Writes a method.
pub fn encode(vm: &mut Vm, method: &Method, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    writer.number(match method.visibility {
        Visibility::Public => 0,
        Visibility::Protected => 1,
        Visibility::Private => 2,
    });
    writer.number(u64::from(method.passes_keywords));
    encode_body(vm, &method.body, writer, pending)
}

fn encode_body(vm: &mut Vm, body: &Body, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    let symbol = |vm: &Vm, name: Symbol| Field::Symbol(vm.symbols.encoding(name), vm.symbols.bytes(name).to_vec());
    match body {
        Body::Alias(owner, name, body) => {
            writer.number(9);
            encode_scope(vm, vm.class_view(*owner), writer, pending)?;
            writer.field(&symbol(vm, *name));
            encode_body(vm, body, writer, pending)?;
        }
        Body::Source { text, file, line, nesting, refining } => {
            writer.number(if refining.is_empty() { 0 } else { 11 });
            writer.bytes(text);
            writer.bytes(file.as_bytes());
            writer.field(&Field::Int(i64::from(*line)));
            encode_modules(vm, nesting, writer, pending)?;
            if !refining.is_empty() {
                encode_refining(vm, refining, writer, pending)?;
            }
        }
        Body::Reader(name) | Body::Writer(name) => {
            writer.number(if matches!(body, Body::Reader(_)) { 1 } else { 2 });
            writer.field(&symbol(vm, *name));
        }
        Body::StructReader(index) | Body::StructWriter(index) => {
            writer.number(if matches!(body, Body::StructReader(_)) { 3 } else { 4 });
            writer.number(u64::from(*index));
        }
        Body::Inherited => writer.number(5),
        Body::Undefined => writer.number(6),
        Body::Core(owner, name) => {
            writer.number(7);
            let field = class_field(vm, vm.class_view(*owner), pending)?;
            writer.field(&field);
            writer.field(&symbol(vm, *name));
        }
        Body::Made(which) => {
            writer.number(8);
            writer.number(u64::from(*which));
        }
        Body::Block(callable) => {
            writer.number(10);
            put(vm, *callable, writer, pending)?;
        }
        Body::Unsaved(reason) => {
            let holder = pending.path().pop().unwrap_or(Value::NIL);
            return Err(not_persistable(vm, holder, &format!("one of its methods cannot be saved: {reason}"), pending));
        }
    }
    Ok(())
}

/// Writes the modules around a block.
pub fn encode_scopes(vm: &mut Vm, cref: CrefRef, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    let modules = vm.roots.values(&nesting(cref));
    encode_modules(vm, &modules, writer, pending)
}

fn encode_modules(vm: &mut Vm, modules: &[Value], writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    writer.number(modules.len() as u64);
    modules.iter().try_for_each(|&module| encode_scope(vm, vm.class_view(module), writer, pending))
}

fn encode_refining(vm: &mut Vm, refining: &[(Value, bool)], writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    writer.number(refining.len() as u64);
    for &(module, is_own) in refining {
        let field = class_field(vm, vm.class_view(module), pending)?;
        writer.field(&field);
        writer.number(u64::from(is_own));
    }
    Ok(())
}

fn decode_refining(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Rooted<Vec<(Value, bool)>>> {
    let mut refining = vm.roots.root(Vec::new());
    for _ in 0..read(vm, oid, reader.count())? {
        let module = RClass::new(next_value(space, vm, oid, reader)?);
        let module = read(vm, oid, module.ok_or_else(|| CorruptBody("refinements of no module".to_string())))?;
        let is_own = read(vm, oid, reader.number())? == 1;
        refining.push((module.value(), is_own));
    }
    Ok(refining)
}

/// A module around a definition; the singleton class of one (`class << self`) by a mark.
pub fn encode_scope(vm: &mut Vm, module: RClass, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    let attached = module.data().attached.and_then(RClass::new);
    writer.number(u64::from(attached.is_some()));
    let field = class_field(vm, attached.unwrap_or(module), pending)?;
    writer.field(&field);
    Ok(())
}

/// The modules around a method or a block.
pub fn decode_scopes(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<RootedValues> {
    let mut scopes = vm.roots.values(&[]);
    for _ in 0..read(vm, oid, reader.count())? {
        scopes.push(decode_scope(space, vm, oid, reader)?);
    }
    Ok(scopes)
}

/// Reads a module around a definition.
pub fn decode_scope(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult {
    let is_singleton = read(vm, oid, reader.number())? == 1;
    let module = RClass::new(next_value(space, vm, oid, reader)?);
    let module = read(vm, oid, module.ok_or_else(|| CorruptBody("a method stands in no module".to_string())))?;
    let scope = if is_singleton { vm.singleton_class(module.value()) } else { None };
    Ok(scope.unwrap_or(module).value())
}

/// Reads a method.
pub fn decode(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Method> {
    let visibility = match read(vm, oid, reader.number())? {
        0 => Visibility::Public,
        1 => Visibility::Protected,
        _ => Visibility::Private,
    };
    let passes_keywords = read(vm, oid, reader.number())? == 1;
    Ok(Method { visibility, passes_keywords, body: decode_body(space, vm, oid, reader, true)? })
}

fn decode_body(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>, may_be_alias: bool) -> RResult<Body> {
    let tag = read(vm, oid, reader.number())?;
    Ok(match tag {
        9 if may_be_alias => {
            let owner = decode_scope(space, vm, oid, reader)?;
            let name = read_name(space, vm, oid, reader)?;
            Body::Alias(owner, name, Box::new(decode_body(space, vm, oid, reader, false)?))
        }
        0 | 11 => {
            let text = Arc::from(read(vm, oid, reader.bytes())?);
            let file = Arc::from(String::from_utf8_lossy(read(vm, oid, reader.bytes())?));
            let line = next_value(space, vm, oid, reader)?.as_fixnum().unwrap_or(1) as i32;
            let nesting = decode_scopes(space, vm, oid, reader)?;
            let refining = if tag == 11 { decode_refining(space, vm, oid, reader)? } else { vm.roots.root(Vec::new()) };
            Body::Source { text, file, line, nesting: nesting.to_vec(), refining: refining.to_vec() }
        }
        1 => Body::Reader(read_name(space, vm, oid, reader)?),
        2 => Body::Writer(read_name(space, vm, oid, reader)?),
        3 => Body::StructReader(read(vm, oid, reader.number())? as u32),
        4 => Body::StructWriter(read(vm, oid, reader.number())? as u32),
        5 => Body::Inherited,
        6 => Body::Undefined,
        7 => {
            let owner = next_value(space, vm, oid, reader)?;
            Body::Core(owner, read_name(space, vm, oid, reader)?)
        }
        8 => Body::Made(read(vm, oid, reader.number())? as u32),
        10 => Body::Block(next_value(space, vm, oid, reader)?),
        _ => return read(vm, oid, Err(CorruptBody(format!("unknown kind {tag} of method")))),
    })
}

fn read_name(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Symbol> {
    let name = next_value(space, vm, oid, reader)?.as_symbol();
    read(vm, oid, name.ok_or_else(|| CorruptBody("a method's name".to_string())))
}

/// The body of a stored method for a class. No code runs.
pub fn revive(space: &Space, vm: &mut Vm, method: &Method, name: Symbol) -> RResult<MethodBody> {
    revive_body(space, vm, &method.body, name)
}

fn revive_body(space: &Space, vm: &mut Vm, body: &Body, name: Symbol) -> RResult<MethodBody> {
    Ok(match body {
        Body::Alias(owner, original, body) => {
            let body = revive_body(space, vm, body, *original)?;
            MethodBody::Alias(vm.loose_method(vm.class_view(*owner), *original, body))
        }
        Body::Source { text, file, line, nesting, refining } => match vm.method_from_source(nesting, text, file, *line)? {
            MethodBody::Ruby(code, scope) if !refining.is_empty() => MethodBody::Ruby(code, vm.scope_under(scope, refining)),
            body => body,
        },
        Body::Reader(variable) => MethodBody::Reader(*variable),
        Body::Writer(variable) => MethodBody::Writer(*variable),
        Body::StructReader(index) => MethodBody::StructReader(*index),
        Body::StructWriter(index) => MethodBody::StructWriter(*index),
        Body::Inherited => MethodBody::Inherited,
        Body::Block(callable) => {
            vm.load(*callable)?;
            MethodBody::Proc(*callable)
        }
        Body::Undefined | Body::Unsaved(_) => MethodBody::Undefined,
        Body::Core(owner, original) => match RClass::new(*owner).and_then(|owner| owner.data().methods.get(original).copied()) {
            Some(method) => MethodBody::Alias(method.resolved()),
            None => return Err(missing(vm, name)),
        },
        Body::Made(which) => {
            let template = space.with(|state| state.classes.templates.and_then(|templates| templates.get(*which as usize).copied()));
            let singleton = template.and_then(|template| vm.existing_singleton_class(template));
            match singleton.and_then(|singleton| singleton.data().methods.get(&name).copied()) {
                Some(method) => method.body,
                None => return Err(missing(vm, name)),
            }
        }
    })
}

fn missing(vm: &mut Vm, name: Symbol) -> vm::Raised {
    let text = vm.symbols.text(name).into_owned();
    let class = vm.class_at("Maglev::StoreError");
    vm.raise(class, &format!("a stored class needs a method {text} that this program does not have"))
}

/// Classes made by Struct and Data, whose native class methods those of stored ones are.
pub fn make_templates(space: &Space, vm: &mut Vm) -> RResult<()> {
    if space.with(|state| state.classes.templates.is_some()) {
        return Ok(());
    }
    let member = vm.symbol("member");
    let define = vm.intern("define");
    let (structure, data) = (vm.core.struct_, vm.core.data);
    let structure = vm.call(structure, sym::NEW, &[member])?;
    let data = vm.call(data, define, &[member])?;
    space.with(|state| state.classes.templates = Some([structure, data]));
    Ok(())
}
