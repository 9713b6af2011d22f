//! Class: new, allocate, superclass.

use macros::ruby_methods;
use vm::{Block, Keywords, RClass, RResult, Value, Vm, sym};

/// Methods of Class.
pub struct Classes;

#[ruby_methods("Class")]
impl Classes {
    /// `Foo.new(...)`: allocates and initializes.
    #[method("new")]
    fn new(vm: &mut Vm, this: RClass, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let object = vm.allocate(this)?;
        let keywords = crate::basic_object::pass(keywords);
        vm.call_full(object, sym::INITIALIZE, args, keywords, block.word(), vm::send::CallMode::Any)?;
        Ok(object)
    }

    /// Completes what `allocate` gave; all other classes are complete.
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: RClass, superclass: Option<Value>, block: Block) -> RResult {
        if !vm.is_uninitialized(this) {
            return Err(vm.type_error("already initialized class"));
        }
        let above = superclass.unwrap_or(vm.core.object);
        let view = vm.check_superclass(above)?;
        vm.initialize_class(this, view);
        vm.call(above, sym::INHERITED, &[this.value()])?;
        if block.is_some() {
            vm.call_block_on(block.word(), this.value(), this.value(), &[this.value()])?;
        }
        Ok(this.value())
    }

    #[method("allocate")]
    fn allocate(vm: &mut Vm, this: RClass) -> RResult {
        vm.allocate(this)
    }

    #[method("superclass")]
    fn superclass(vm: &mut Vm, this: RClass) -> RResult {
        if vm.is_uninitialized(this) {
            return Err(vm.type_error("uninitialized class"));
        }
        Ok(this.data().superclass.unwrap_or(Value::NIL))
    }

    #[method("subclasses")]
    fn subclasses(vm: &mut Vm, this: RClass) -> Value {
        let is_below = |class: RClass| !class.is_singleton() && !class.is_module() && class.data().superclass == Some(this.value());
        let found = this.data().descendants.iter().rev().copied().filter(|&class| RClass::new(class).is_some_and(is_below));
        let list = vm.roots.root(Vec::from_iter(found));
        vm.array(&list)
    }

    #[method("attached_object")]
    fn attached_object(vm: &mut Vm, this: RClass) -> RResult {
        match this.data().attached {
            Some(object) => Ok(object),
            None => {
                let name = vm.class_name_text(this);
                Err(vm.type_error(&format!("'{name}' is not a singleton class")))
            }
        }
    }

    #[method("inherited", private)]
    fn inherited(_vm: &mut Vm, _this: Value, _class: Value) -> Value {
        Value::NIL
    }

    /// `Class.new(superclass = Object) { |class| body }`
    #[singleton("new")]
    fn make(vm: &mut Vm, _this: Value, superclass: Option<Value>, block: Block) -> RResult {
        let above = superclass.unwrap_or(vm.core.object);
        let class = vm.make_subclass(above)?;
        vm.call(above, sym::INHERITED, &[class])?;
        if block.is_some() {
            vm.call_block_on(block.word(), class, class, &[class])?;
        }
        Ok(class)
    }
}

/// Methods of Module as a class.
pub struct Modules;

#[ruby_methods("Module")]
impl Modules {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, block: Block) -> RResult<()> {
        if block.is_some() {
            vm.call_block_on(block.word(), this, this, &[this])?;
        }
        Ok(())
    }

    /// The copy gets the methods, constants and variables of the original.
    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: RClass, other: RClass) -> RResult<RClass> {
        let mut this = this;
        if other.value() == vm.core.basic_object {
            return Err(vm.type_error("can't copy the root class"));
        }
        let source = other.data();
        let (superclass, includes, prepends) = (source.superclass, vm.roots.values(&source.includes), vm.roots.values(&source.prepends));
        let (methods, constants) = (source.methods.clone(), source.constants.clone());
        let (allocator, ivar_names) = (source.allocator, source.ivar_names.clone());
        let data = this.data_mut();
        data.superclass = superclass;
        data.constants = constants;
        data.class_variables = source.class_variables.clone();
        data.allocator = allocator;
        data.ivar_names = ivar_names;
        if let Some(mut above) = superclass.and_then(RClass::new).filter(|_| !this.is_module()) {
            above.data_mut().descendants.push(this.value());
        }
        for (name, method) in methods.iter() {
            let body = vm.body_for_copy(method.body, other.value(), this.value());
            let made = vm.add_method(this, name, body, method.visibility);
            made.ruby2_keywords.set(method.ruby2_keywords.get());
        }
        for module in includes.iter().rev().filter_map(|&module| RClass::new(module)) {
            vm.include_module(this, module);
        }
        for module in prepends.iter().rev().filter_map(|&module| RClass::new(module)) {
            vm.prepend_module(this, module);
        }
        vm.refresh_ancestors(this);
        copy_class_methods(vm, this, other);
        Ok(this)
    }
}

fn copy_class_methods(vm: &mut Vm, this: RClass, other: RClass) {
    let Some(original) = vm.existing_singleton_class(other.value()) else { return };
    let Some(mut target) = vm.singleton_class(this.value()) else { return };
    target.data_mut().superclass = original.data().superclass;
    for module in vm.roots.values(&original.data().includes).iter().rev().copied().filter_map(RClass::new) {
        vm.include_module(target, module);
    }
    vm.refresh_ancestors(target);
    for (name, method) in original.data().methods.clone().iter() {
        vm.add_method(target, name, method.body, method.visibility);
    }
}
