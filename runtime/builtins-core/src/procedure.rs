//! Proc.

use crate::basic_object::pass;
use crate::binding::new_binding;
use bytecode::{KeywordRest, Params};
use macros::ruby_methods;
use objects::ProcBody;
use vm::{Block, Keywords, RArray, RProc, RResult, Value, Vm, sym};

/// Methods of Proc.
pub struct Procs;

#[ruby_methods("Proc")]
impl Procs {
    #[singleton("new")]
    fn new(vm: &mut Vm, this: vm::RClass, args: &[Value], block: Block) -> RResult {
        let Some(made) = block.to_proc(vm)? else { return Err(vm.argument_error("tried to create Proc object without a block")) };
        if vm.real_class_of(made.value()) == this {
            return Ok(made.value());
        }
        let value = if this.value() == vm.core.proc_ {
            made.value()
        } else {
            let copy = vm.proc_from(made.body(), made.is_lambda()).value();
            vm.retype(copy, this);
            copy
        };
        if this.value() != vm.core.proc_ {
            vm.call_with_block(value, sym::INITIALIZE, args, block.word())?;
        }
        Ok(value)
    }

    #[method("call", "()", "yield", "===", "[]")]
    fn call(vm: &mut Vm, this: RProc, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let context = vm::send::BlockContext { block: Some(block.word()), ..Default::default() };
        vm.call_proc(this, args, pass(keywords), context)
    }

    #[method("to_proc", effects = "pure")]
    fn to_proc(_vm: &mut Vm, this: RProc) -> RProc {
        this
    }

    #[method("lambda?", effects = "pure")]
    fn is_lambda(_vm: &mut Vm, this: RProc) -> bool {
        this.is_lambda()
    }

    #[method("arity")]
    fn arity(vm: &mut Vm, this: RProc) -> i64 {
        proc_arity(vm, this)
    }

    #[method("parameters")]
    fn parameters(vm: &mut Vm, this: RProc, keywords: Keywords) -> RResult {
        keywords.check(vm, &["lambda"])?;
        let lambda = keywords.get(vm, "lambda").filter(|value| !value.is_nil()).map_or(this.is_lambda(), Value::truthy);
        match this.body() {
            ProcBody::Block { code, .. } => parameter_list(vm, &code.function.params, lambda),
            ProcBody::Method { method, .. } => crate::method::parameters_of(vm, method),
            ProcBody::Symbol(..) => {
                let (req, rest) = (vm.symbol(if lambda { "req" } else { "opt" }), vm.symbol("rest"));
                let (a, b) = (vm.array(&[req]), vm.array(&[rest]));
                Ok(vm.array(&[a, b]))
            }
            ProcBody::Native { .. } => {
                let rest = vm.symbol("rest");
                let pair = vm.array(&[rest]);
                Ok(vm.array(&[pair]))
            }
        }
    }

    #[method("binding")]
    fn binding(vm: &mut Vm, this: RProc) -> RResult {
        let data = vm.binding_of_proc(this)?;
        Ok(new_binding(vm, data))
    }

    #[method("source_location")]
    fn source_location(vm: &mut Vm, this: RProc) -> Value {
        match this.body() {
            ProcBody::Block { code, .. } => {
                let file = vm.str(&code.file);
                vm.array(&[file, Value::small(i64::from(code.function.line))])
            }
            ProcBody::Method { method, .. } => crate::method::location(vm, method),
            _ => Value::NIL,
        }
    }

    #[method("inspect", "to_s")]
    fn inspect(vm: &mut Vm, this: RProc) -> Value {
        let head = format!("#<{}:{}", vm.class_name_of(this.value()), vm::class::address(this.value()));
        let place = match this.body() {
            ProcBody::Block { code, .. } => format!(" {}:{}", code.file, code.function.line),
            ProcBody::Symbol(name, _) => {
                let bytes = vm.symbols.bytes(name).to_vec();
                let shown = text::inspect::inspect_symbol(text::encoding::Encoding::UTF_8, &bytes, text::encoding::Encoding::UTF_8);
                format!("(&{})", String::from_utf8_lossy(&shown))
            }
            _ => String::new(),
        };
        let text = format!("{head}{place}{}>", if this.is_lambda() { " (lambda)" } else { "" });
        vm.string(text.as_bytes(), text::encoding::Encoding::BINARY)
    }

    #[method("==", "eql?")]
    fn equal(_vm: &mut Vm, this: RProc, other: Value) -> bool {
        let Some(other) = RProc::new(other) else { return false };
        if this == other {
            return true;
        }
        match (this.body(), other.body()) {
            (ProcBody::Block { code: a, receiver: x, env: e, .. }, ProcBody::Block { code: b, receiver: y, env: f, .. }) => {
                a == b && x == y && e == f && this.is_lambda() == other.is_lambda()
            }
            (ProcBody::Symbol(a, _), ProcBody::Symbol(b, _)) => a == b,
            (ProcBody::Method { receiver: x, method: a }, ProcBody::Method { receiver: y, method: b }) => x == y && a == b,
            _ => false,
        }
    }

    #[method("hash", effects = "allocates")]
    fn hash(vm: &mut Vm, this: RProc) -> Value {
        let word = match this.body() {
            ProcBody::Block { code, receiver, env, .. } => code.word() ^ receiver.bits().rotate_left(7) ^ env as u64,
            ProcBody::Symbol(name, _) => u64::from(name.0),
            _ => this.value().bits(),
        };
        let hash = vm.hash_word(word);
        vm.int((hash >> 3) as i64)
    }

    /// `proc.curry(arity)`
    #[method("curry")]
    fn curry(vm: &mut Vm, this: RProc, arity: Option<i64>) -> RResult {
        let own = proc_arity(vm, this);
        let wanted = match arity {
            Some(wanted) => {
                let wanted = i64::from(i32::try_from(wanted).map_err(|_| {
                    vm.range_error(&format!("integer {wanted} too {} to convert to 'int'", if wanted < 0 { "small" } else { "big" }))
                })?);
                let least = if own < 0 { -own - 1 } else { own };
                let most = most_arguments(this, own);
                if this.is_lambda() && (wanted < least || most.is_some_and(|most| wanted > most)) {
                    return Err(vm.arity_error(wanted as usize, least as usize, most.map(|most| most as usize)));
                }
                wanted
            }
            None if own < 0 => -own - 1,
            None => own,
        };
        let passed = vm.array(&[]);
        curried(vm, this, wanted, passed)
    }

    #[method(">>")]
    fn then(vm: &mut Vm, this: RProc, other: Value) -> RResult {
        compose(vm, this.value(), other, other)
    }

    #[method("<<")]
    fn after(vm: &mut Vm, this: RProc, other: Value) -> RResult {
        compose(vm, other, this.value(), other)
    }

    #[method("ruby2_keywords")]
    fn ruby2_keywords(vm: &mut Vm, this: RProc) -> RResult<RProc> {
        vm.check_frozen(this.value())?;
        match this.body() {
            ProcBody::Block { code, .. } if accepts_flag(&code.function.params) => code.ruby2_keywords.set(true),
            body => {
                let reason = match body {
                    ProcBody::Block { .. } => "proc accepts keywords or post arguments or proc does not accept argument splat",
                    ProcBody::Method { .. } => "proc created from method",
                    _ => "proc not defined in Ruby",
                };
                vm.warn_at_caller(&format!("Skipping set of ruby2_keywords flag for proc ({reason})"))?
            }
        }
        Ok(this)
    }
}

/// May `ruby2_keywords` mark a method or block with these parameters?
pub fn accepts_flag(params: &Params) -> bool {
    params.rest && params.post == 0 && params.keywords.is_empty() && params.keyword_rest == KeywordRest::None
}

/// Most arguments that a Proc of this arity takes; None without limit.
fn most_arguments(callable: RProc, arity: i64) -> Option<i64> {
    match callable.body() {
        ProcBody::Block { code, .. } => {
            let params = &code.function.params;
            (!params.rest).then(|| i64::from(params.required + params.optional + params.post))
        }
        ProcBody::Method { method, .. } => match Vm::resolve_alias(method).body {
            objects::MethodBody::Ruby(code, _) => {
                let params = &code.function.params;
                (!params.rest).then(|| i64::from(params.required + params.optional + params.post))
            }
            objects::MethodBody::Native(native) => native.maximum.map(i64::from),
            _ => (arity >= 0).then_some(arity),
        },
        _ => (arity >= 0).then_some(arity),
    }
}

/// Arity of methods and lambdas.
pub fn arity_of(params: &Params) -> i64 {
    let required = i64::from(params.required + params.post);
    let keyword = params.keywords.iter().any(|keyword| keyword.required);
    let keywords = !params.keywords.is_empty() || params.keyword_rest.is_some();
    if params.rest || params.optional > 0 || (keywords && !keyword) {
        return -(required + i64::from(keyword)) - 1;
    }
    required + i64::from(keyword)
}

/// Arity of a Proc.
pub fn proc_arity(vm: &mut Vm, callable: RProc) -> i64 {
    match callable.body() {
        ProcBody::Block { code, .. } => {
            let params = &code.function.params;
            if callable.is_lambda() {
                return arity_of(params);
            }
            let required = i64::from(params.required + params.post);
            let keyword = params.keywords.iter().any(|keyword| keyword.required);
            let least = required + i64::from(keyword);
            if params.rest { -least - 1 } else { least }
        }
        ProcBody::Symbol(..) => -2,
        ProcBody::Method { method, .. } => crate::method::method_arity(vm, method),
        ProcBody::Native { arity, .. } => i64::from(arity),
    }
}

/// `[[:req, :a], ...]`
pub fn parameter_list(vm: &mut Vm, params: &Params, strict: bool) -> RResult {
    let list = vm.new_array();
    let mut names = params.names.iter();
    let add = |vm: &mut Vm, list: RArray, sort: &str, name: Option<&Vec<u8>>| {
        let sort = vm.symbol(sort);
        let pair = match name.filter(|name| !name.is_empty()) {
            Some(name) => {
                let name = Value::symbol(vm.symbols.intern_bytes(name, text::encoding::Encoding::UTF_8.index()));
                vm.array(&[sort, name])
            }
            None => vm.array(&[sort]),
        };
        vm.push(list, pair)
    };
    let req = if strict { "req" } else { "opt" };
    for _ in 0..params.required {
        add(vm, list, req, names.next())?;
    }
    for _ in 0..params.optional {
        add(vm, list, "opt", names.next())?;
    }
    if params.rest {
        add(vm, list, "rest", names.next())?;
    }
    for _ in 0..params.post {
        add(vm, list, req, names.next())?;
    }
    for wanted in [true, false] {
        for keyword in &params.keywords {
            if keyword.required == wanted {
                add(vm, list, if wanted { "keyreq" } else { "key" }, Some(&keyword.name))?;
            }
        }
    }
    let mut names = names.skip(params.keywords.len());
    match params.keyword_rest {
        KeywordRest::Some | KeywordRest::Anonymous => add(vm, list, "keyrest", names.next())?,
        KeywordRest::Refused => add(vm, list, "nokey", None)?,
        KeywordRest::None => {}
    }
    if params.block {
        add(vm, list, "block", names.next())?;
    }
    Ok(list.value())
}

/// A lambda that collects arguments until `wanted` are there.
fn curried(vm: &mut Vm, callable: RProc, wanted: i64, passed: Value) -> RResult {
    let data = vm.array(&[callable.value(), Value::small(wanted), passed]);
    let body = ProcBody::Native { function: vm::send::native_function(Currying::native_step), data, arity: -1 };
    let lambda = callable.is_lambda();
    Ok(vm.proc_from(body, lambda).value())
}

struct Currying;

#[ruby_methods("Proc")]
impl Currying {
    #[method("curry step", private)]
    fn step(vm: &mut Vm, this: RArray, args: &[Value], block: Block) -> RResult {
        let (callable, wanted, passed) =
            (this.get(0).unwrap_or(Value::NIL), this.get(1).and_then(Value::as_fixnum).unwrap_or(0), this.get(2).unwrap_or(Value::NIL));
        let all = vm.new_array();
        let earlier = vm.array_view(passed);
        all.extend(earlier.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())?;
        all.extend(args).ok_or_else(|| vm.no_memory())?;
        if all.len() as i64 >= wanted {
            let all = vm.roots.values(all.as_slice(&vm.heap));
            return vm.call_with_block(callable, sym::CALL, &all, block.word());
        }
        if block.is_some() {
            vm.warn_at_caller("given block not used")?;
        }
        let Some(callable) = RProc::new(callable) else { return Ok(Value::NIL) };
        curried(vm, callable, wanted, all.value())
    }

    #[method("compose step", private)]
    fn both(vm: &mut Vm, this: RArray, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let (first, second) = (this.get(0).unwrap_or(Value::NIL), this.get(1).unwrap_or(Value::NIL));
        let middle = vm.call_full(first, sym::CALL, args, pass(keywords), block.word(), vm::send::CallMode::Any)?;
        vm.call(second, sym::CALL, &[middle])
    }
}

/// A Proc that calls `first` and gives its result to `second`; a lambda if the one called first is none but a
/// plain Proc. `given` is the one of them that came as argument.
pub fn compose(vm: &mut Vm, first: Value, second: Value, given: Value) -> RResult {
    if RProc::new(given).is_none() && crate::method::method_data(vm, given).is_none() && !vm.responds_to(given, sym::CALL, true)? {
        return Err(vm.type_error("callable object is expected"));
    }
    let lambda = RProc::new(first).is_none_or(RProc::is_lambda);
    let data = vm.array(&[first, second]);
    let body = ProcBody::Native { function: vm::send::native_function(Currying::native_both), data, arity: -1 };
    Ok(vm.proc_from(body, lambda).value())
}
