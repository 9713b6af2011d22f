//! BasicObject: the methods that every object has.

use macros::ruby_methods;
use vm::{Block, PassedKeywords, RResult, RString, Symbol, Value, Vm, sym};

/// Methods of BasicObject.
pub struct BasicObject;

#[ruby_methods("BasicObject")]
impl BasicObject {
    #[method("initialize", private)]
    fn initialize(_vm: &mut Vm, _this: Value) -> Value {
        Value::NIL
    }

    #[method("==", "equal?", effects = "pure")]
    fn equal(_vm: &mut Vm, this: Value, other: Value) -> bool {
        this == other
    }

    #[method("!", effects = "pure")]
    fn not(_vm: &mut Vm, this: Value) -> bool {
        !this.truthy()
    }

    #[method("!=")]
    fn not_equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        Ok(!vm.call(this, sym::EQ, &[other])?.truthy())
    }

    #[method("__id__", effects = "allocates")]
    fn id(vm: &mut Vm, this: Value) -> Value {
        vm.object_id(this)
    }

    /// `obj.__send__(name, ...)`: any visibility.
    #[method("__send__")]
    fn send(vm: &mut Vm, this: Value, args: &[Value], keywords: vm::Keywords, block: Block) -> RResult {
        send_any(vm, this, args, keywords, block)
    }

    /// `obj.instance_eval { |obj| ... }` or with source text.
    #[method("instance_eval", effects = "looks_at_caller, any")]
    fn instance_eval(vm: &mut Vm, this: Value, args: &[Value], block: Block) -> RResult {
        let definee = singleton_definee(vm, this);
        eval_on(vm, this, definee, args, block, "instance_eval")
    }

    /// `obj.instance_exec(*args) { |*args| ... }`
    #[method("instance_exec")]
    fn instance_exec(vm: &mut Vm, this: Value, args: &[Value], keywords: vm::Keywords, block: Block) -> RResult {
        if !block.is_some() {
            return Err(vm.local_jump_error("no block given (yield)", "noreason", Value::NIL));
        }
        let definee = singleton_definee(vm, this);
        vm.call_block_on_with(block.word(), this, definee, args, pass(keywords))
    }

    /// Default of what happens when a method is missing: NoMethodError.
    #[method("method_missing", private)]
    fn method_missing(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        let named = args.split_first().and_then(|(name, rest)| Some((name.as_symbol()?, rest)));
        let (name, args) = named.ok_or_else(|| vm.argument_error("no method name given"))?;
        let mode = std::mem::replace(&mut vm.missing_mode, vm::send::CallMode::Any);
        let found = if mode == vm::send::CallMode::Public { vm.find_method(vm.class_of(this), name) } else { None };
        let raised = vm.raise_no_method(this, name, mode, found);
        let list = vm.array(args);
        vm.note_missing_args(list);
        Err(raised)
    }

    #[method("singleton_method_added", "singleton_method_removed", "singleton_method_undefined", private)]
    fn hook(_vm: &mut Vm, _this: Value, _name: Value) -> Value {
        Value::NIL
    }
}

/// Where `instance_eval` defines: classes have singleton classes anyway, those of other objects are made when they are
/// needed.
fn singleton_definee(vm: &mut Vm, this: Value) -> Value {
    vm::RClass::new(this).and_then(|_| vm.singleton_class(this)).map_or(Value::UNDEF, |class| class.value())
}

/// Keywords as a call passes them on.
pub fn pass(keywords: vm::Keywords) -> PassedKeywords<'static> {
    match keywords.hash() {
        Some(hash) => PassedKeywords::Hash { hash, fresh: false },
        None => PassedKeywords::None,
    }
}

/// `send`: the first argument names the method.
pub fn send_any(vm: &mut Vm, this: Value, args: &[Value], keywords: vm::Keywords, block: Block) -> RResult {
    let (name, rest) = method_name(vm, args)?;
    vm.call_here(this, name, rest, pass(keywords), block.word(), vm::send::CallMode::Any)
}

/// Splits the method name off the arguments of `send` and its kin.
pub fn method_name<'a>(vm: &mut Vm, args: &'a [Value]) -> RResult<(Symbol, &'a [Value])> {
    match args.split_first() {
        Some((&name, rest)) => Ok((vm.to_name(name)?, rest)),
        None => Err(vm.argument_error("no method name given")),
    }
}

/// `instance_eval` and `class_eval`: a block, or source text with file and line.
pub fn eval_on(vm: &mut Vm, receiver: Value, definee: Value, args: &[Value], block: Block, name: &str) -> RResult {
    if block.is_some() {
        if !args.is_empty() {
            return Err(vm.arity_error(args.len(), 0, Some(0)));
        }
        return vm.call_block_on(block.word(), receiver, definee, &[receiver]);
    }
    if args.is_empty() || args.len() > 3 {
        return Err(if args.is_empty() {
            vm.argument_error("wrong number of arguments (given 0, expected 1..3)")
        } else {
            vm.arity_error(args.len(), 1, Some(3))
        });
    }
    let Some(frame) = vm.frame() else { return Err(vm.runtime_error(&format!("{name} outside of Ruby code"))) };
    vm.look_at(frame)?;
    let source = vm.to_str(args[0])?;
    let place = format!("(eval at {}:{})", frame.code().file, frame.line());
    let file = match args.get(1) {
        Some(&file) if !file.is_nil() => vm.to_str(file)?.to_text(),
        _ => place,
    };
    let line = match args.get(2) {
        Some(&line) => vm.to_i64(line)? as i32,
        None => 1,
    };
    let mut binding = vm.binding_of(frame)?;
    binding.receiver = receiver;
    binding.cref = vm.eval_cref_for(binding.cref, receiver, definee);
    eval_string(vm, &binding, None, source, &file, line)
}

/// Evaluates source text in a binding; new variables go to the Binding object, if one is given.
pub fn eval_string(vm: &mut Vm, binding: &vm::eval::BindingData, holder: Option<Value>, source: RString, file: &str, line: i32) -> RResult {
    let bytes = source.bytes().to_vec();
    let encoding = source.encoding().name();
    vm.eval_in(binding, holder, &bytes, file, line, Some(encoding))
}

/// Answer of `respond_to?` and hooks that natives share.
pub fn responds(vm: &mut Vm, value: Value, name: Symbol, private: bool) -> RResult<bool> {
    let class = vm.class_of(value);
    if vm.find_method(class, name).is_some() {
        return vm.responds_to(value, name, private);
    }
    // An object without Kernel's methods may have borrowed this one alone.
    if vm.find_method(class, sym::RESPOND_TO_MISSING).is_none() {
        return Ok(false);
    }
    Ok(vm.call(value, sym::RESPOND_TO_MISSING, &[Value::symbol(name), Value::bool(private)])?.truthy())
}
