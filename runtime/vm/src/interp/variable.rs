//! Instance, global and class variables, constants, frame-local specials.

use super::arith::store;
use super::operands;
use super::{Flow, code_of, exception, fast, finish, literal, save, word};
use crate::vm::Vm;
use abi::frame::{self, Frame, Registers};
use objects::CrefRef;
use objects::site::{ConstState, IvarState, SiteState};
use objects::{RClass, RObject, ShapeId};
use value::{RResult, Symbol, Value, sym};

#[inline(always)]
pub(super) unsafe fn ivar_site<'a>(fp: Registers, site: u32) -> &'a mut IvarState {
    // SAFETY: verified site kind; sites live as long as the VM.
    unsafe {
        match (*std::ptr::from_ref(&code_of(fp))).site(site) {
            SiteState::Ivar(state) => &mut *std::ptr::from_mut(state),
            _ => std::hint::unreachable_unchecked(),
        }
    }
}

#[inline(always)]
pub(super) unsafe fn const_site<'a>(fp: Registers, site: u32) -> &'a mut ConstState {
    // SAFETY: as above.
    unsafe {
        match (*std::ptr::from_ref(&code_of(fp))).site(site) {
            SiteState::Const(state) => &mut *std::ptr::from_mut(state),
            _ => std::hint::unreachable_unchecked(),
        }
    }
}

/// `@name`
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn get_ivar(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands; self is a Value.
    unsafe {
        if let Some(flow) = fast::get_ivar(vm, fp, pc) {
            return flow;
        }
        let o = operands::GetIvar::read(pc);
        let state = ivar_site(fp, o.site);
        let receiver = *fp.offset(frame::SELF);
        if ShapeId::of(receiver) == state.shape {
            let value = RObject::new(receiver).and_then(|object| object.get(state.index, state.inline)).unwrap_or(Value::NIL);
            fp.add(o.dst).write(value);
            return (fp, pc.add(operands::GetIvar::UNITS));
        }
        save(vm, fp, pc);
        let result = get_ivar_slow(vm, state, receiver);
        store(vm, fp, pc, o.dst, operands::GetIvar::UNITS, result.ok())
    }
}

#[inline(never)]
fn get_ivar_slow(vm: &mut Vm, state: &mut IvarState, receiver: Value) -> RResult {
    vm.load(receiver)?;
    let Some(object) = RObject::new(receiver) else { return Ok(Value::NIL) };
    if vm.is_isolated(receiver) {
        return vm.ivar_read(receiver, state.name);
    }
    cache_ivar(vm, state, receiver);
    Ok(object.get(state.index, state.inline).unwrap_or(Value::NIL))
}

fn cache_ivar(vm: &mut Vm, state: &mut IvarState, receiver: Value) {
    let shape = ShapeId::of(receiver);
    state.recede(shape);
    state.index = vm.shapes.index_for(shape, state.name);
    state.inline = vm.shapes.layout(shape).inline();
    state.shape = shape;
}

/// `@name = value`
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn set_ivar(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands; self is a Value.
    unsafe {
        if let Some(flow) = fast::set_ivar(vm, fp, pc) {
            return flow;
        }
        let o = operands::SetIvar::read(pc);
        let state = ivar_site(fp, o.site);
        let receiver = *fp.offset(frame::SELF);
        let value = *fp.add(o.src);
        if ShapeId::of(receiver) == state.shape
            && let Some(object) = RObject::new(receiver)
        {
            object.set(state.index, state.inline, value);
            return (fp, pc.add(operands::SetIvar::UNITS));
        }
        save(vm, fp, pc);
        match set_ivar_slow(vm, state, receiver, value) {
            Ok(()) => (fp, pc.add(operands::SetIvar::UNITS)),
            Err(_) => exception::unwind(vm, fp, pc),
        }
    }
}

#[inline(never)]
fn set_ivar_slow(vm: &mut Vm, state: &mut IvarState, receiver: Value, value: Value) -> RResult<()> {
    vm.load(receiver)?;
    // Frozen objects have a shape of their own, which is never cached here.
    if vm.is_frozen(receiver) {
        return Err(vm.frozen_error(receiver));
    }
    if vm.is_isolated(receiver) {
        return vm.ivar_write(receiver, state.name, value);
    }
    cache_ivar(vm, state, receiver);
    if let Some(object) = RObject::new(receiver) {
        object.set(state.index, state.inline, value);
    }
    Ok(())
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn get_global(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::GetGlobal::read(pc);
        let name = name_of(literal(fp, o.name));
        let result = vm.check_global(name).and_then(|()| vm.global_get(name));
        store(vm, fp, pc, o.dst, operands::GetGlobal::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn set_global(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::SetGlobal::read(pc);
        let (name, value) = (name_of(literal(fp, o.name)), *fp.add(o.src));
        match vm.check_global(name).and_then(|()| vm.global_set(name, value)) {
            Ok(()) => (fp, pc.add(operands::SetGlobal::UNITS)),
            Err(_) => exception::unwind(vm, fp, pc),
        }
    }
}

/// Symbol of a name literal.
pub(super) fn name_of(literal: Value) -> Symbol {
    literal.as_symbol().unwrap_or(sym::EMPTY)
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn get_cvar(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::GetCvar::read(pc);
        let cref = CrefRef::from_word(word(fp, frame::CREF));
        let result = vm.class_variable_read(cref, name_of(literal(fp, o.name)));
        store(vm, fp, pc, o.dst, operands::GetCvar::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn set_cvar(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::SetCvar::read(pc);
        let cref = CrefRef::from_word(word(fp, frame::CREF));
        match vm.class_variable_write(cref, name_of(literal(fp, o.name)), *fp.add(o.src)) {
            Ok(()) => (fp, pc.add(operands::SetCvar::UNITS)),
            Err(_) => exception::unwind(vm, fp, pc),
        }
    }
}

/// A constant by its bare name.
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn get_const(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        if let Some(flow) = fast::get_const(vm, fp, pc) {
            return flow;
        }
        let o = operands::GetConst::read(pc);
        let cref = word(fp, frame::CREF);
        save(vm, fp, pc);
        let result = const_lexical_slow(vm, fp, o.site, CrefRef::from_word(cref));
        store(vm, fp, pc, o.dst, operands::GetConst::UNITS, result.ok())
    }
}

#[inline(never)]
unsafe fn const_lexical_slow(vm: &mut Vm, fp: Registers, site: u32, cref: CrefRef) -> RResult {
    // SAFETY: called by `get_const` with its frame and site.
    let (state, code) = unsafe { (const_site(fp, site), code_of(fp)) };
    match vm.find_constant_lexical(cref, state.name)? {
        Some(value) if !vm.may_cache_constant(state.name, value) => Ok(value),
        Some(value) => {
            vm.note_cached_const(state.name, code, site);
            code.before_change();
            state.value = value;
            state.cref = Some(cref);
            Ok(value)
        }
        None => vm.constant_lexical(cref, state.name),
    }
}

/// `scope::Name`
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn get_const_from(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::GetConstFrom::read(pc);
        let scope = *fp.add(o.scope);
        let result = scoped(vm, fp, pc, o.site, scope);
        store(vm, fp, pc, o.dst, operands::GetConstFrom::UNITS, result.ok())
    }
}

/// `::Name`
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn get_const_top(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::GetConstTop::read(pc);
        let object = vm.core.object;
        let result = scoped(vm, fp, pc, o.site, object);
        store(vm, fp, pc, o.dst, operands::GetConstTop::UNITS, result.ok())
    }
}

unsafe fn scoped(vm: &mut Vm, fp: Registers, pc: *const u16, site: u32, scope: Value) -> RResult {
    // SAFETY: called with the running frame, instruction and its site.
    let (state, code) = unsafe { (const_site(fp, site), code_of(fp)) };
    if !state.value.is_undef() && state.scope == scope {
        return Ok(state.value);
    }
    // SAFETY: as above.
    unsafe { save(vm, fp, pc) };
    let value = vm.constant_scoped(scope, state.name)?;
    let found = RClass::new(scope).is_some_and(|class| {
        class.data().ancestors.iter().any(|&ancestor| {
            RClass::new(ancestor)
                .is_some_and(|class| class.data().constants.get(&state.name).is_some_and(|constant| constant.value == value && !constant.deprecated))
        })
    });
    if found && vm.may_cache_constant(state.name, value) {
        vm.note_cached_const(state.name, code, site);
        code.before_change();
        state.value = value;
        state.scope = scope;
    }
    Ok(value)
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn set_const(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::SetConst::read(pc);
        match vm.set_constant(*fp.add(o.scope), name_of(literal(fp, o.name)), *fp.add(o.src)) {
            Ok(()) => (fp, pc.add(operands::SetConst::UNITS)),
            Err(_) => exception::unwind(vm, fp, pc),
        }
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn load_cbase(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::LoadCbase::read(pc);
        let module = vm.constant_base(CrefRef::from_word(word(fp, frame::CREF)));
        store(vm, fp, pc, o.dst, operands::LoadCbase::UNITS, module.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn backref(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::Backref::read(pc);
        let value = vm.backref(o.kind as i16);
        fp.add(o.dst).write(value);
        (fp, pc.add(operands::Backref::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn get_special(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::GetSpecial::read(pc);
        let value = if o.kind == 0 { vm.last_match() } else { vm.last_line() };
        fp.add(o.dst).write(value);
        (fp, pc.add(operands::GetSpecial::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn set_special(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::SetSpecial::read(pc);
        let value = *fp.add(o.src);
        if o.kind == 0 {
            if !value.is_nil() && vm.match_info(value).is_none() {
                vm.wrong_type(value, "MatchData");
                return exception::unwind(vm, fp, pc);
            }
            vm.set_last_match(value);
        } else {
            vm.set_last_line(value);
        }
        (fp, pc.add(operands::SetSpecial::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn defined(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::Defined::read(pc);
        let Some(running) = Frame::at(fp) else { return finish(None) };
        let result = vm.defined(running, o.kind as i16, literal(fp, o.name), *fp.add(o.src));
        let value = match result {
            Ok(truth) => truth,
            // A raise inside `defined?` means no.
            Err(_) => {
                if vm.take_exception().is_none() {
                    return exception::unwind(vm, fp, pc);
                }
                false
            }
        };
        fp.add(o.dst).write(if value { Value::TRUE } else { Value::NIL });
        (fp, pc.add(operands::Defined::UNITS))
    }
}

impl Vm {
    fn class_variable_read(&mut self, cref: CrefRef, name: Symbol) -> RResult {
        let Some(scope) = self.class_variable_scope(cref) else { return Err(self.runtime_error("class variable access from toplevel")) };
        match self.class_variable_get(scope, name)? {
            Some(value) => Ok(value),
            None => {
                let text = self.symbols.text(name).into_owned();
                let owner = self.class_name_text(scope);
                let class = self.core.name_error;
                Err(self.raise_name_error(class, &format!("uninitialized class variable {text} in {owner}"), scope.value(), name))
            }
        }
    }

    fn class_variable_write(&mut self, cref: CrefRef, name: Symbol, value: Value) -> RResult<()> {
        match self.class_variable_scope(cref) {
            Some(scope) => self.set_class_variable(scope, name, value),
            None => Err(self.runtime_error("class variable access from toplevel")),
        }
    }

    /// `defined?` of the kinds in `bytecode::DefinedKind`.
    fn defined(&mut self, frame: Frame, kind: i16, name: Value, source: Value) -> RResult<bool> {
        use bytecode::DefinedKind as K;
        let symbol = name_of(name);
        let is = |wanted: K| kind == wanted as i16;
        if is(K::Ivar) {
            return Ok(self.ivar_get(frame.receiver(), symbol).is_some());
        }
        if is(K::Global) {
            return Ok(self.global_defined(symbol));
        }
        if is(K::Cvar) {
            let Some(scope) = self.class_variable_scope(frame.cref()) else { return Ok(false) };
            return self.class_variable_is_defined(scope, symbol);
        }
        if is(K::Const) {
            return self.constant_is_defined_lexically(frame.cref(), symbol);
        }
        if is(K::ConstTop) || is(K::ConstFrom) {
            let scope = if is(K::ConstTop) { self.core.object } else { source };
            let Some(class) = RClass::new(scope) else { return Ok(false) };
            return self.constant_is_defined(class, symbol, scope == self.core.object, true);
        }
        if is(K::Function) || is(K::Method) {
            return self.method_is_defined(frame, if is(K::Function) { frame.receiver() } else { source }, symbol, is(K::Function));
        }
        if is(K::Yield) {
            return Ok(self.method_block(frame).is_some());
        }
        if is(K::Super) {
            let class = self.class_of(frame.receiver());
            let Some(method) = frame.method() else { return Ok(false) };
            let method = self.placed_method(class, frame.called_method(), method);
            return Ok(self.find_super_method(class, method).is_some());
        }
        Ok(!self.backref(name.as_fixnum().unwrap_or(0) as i16).is_nil())
    }

    fn method_is_defined(&mut self, frame: Frame, receiver: Value, name: Symbol, private: bool) -> RResult<bool> {
        let class = self.class_of(receiver);
        // `name()` asks whatever `respond_to?` there is, `receiver.name` the methods first.
        if private && self.has_custom(class, sym::RESPOND_TO) {
            return self.ask_respond_to(receiver, name);
        }
        if let Some(method) = self.find_method(class, name) {
            return Ok(match method.visibility {
                objects::Visibility::Public => true,
                objects::Visibility::Private => private,
                objects::Visibility::Protected => private || self.is_a(frame.receiver(), method.owner),
            });
        }
        if !self.has_custom(class, sym::RESPOND_TO_MISSING) && !self.has_custom(class, sym::RESPOND_TO) {
            return Ok(false);
        }
        let answer = self.call_if_responds(receiver, sym::RESPOND_TO_MISSING, &[Value::symbol(name), Value::bool(private)])?;
        Ok(answer.is_some_and(Value::truthy))
    }

    /// Is a constant found from a lexical scope, without running autoloads or `const_missing`?
    pub fn constant_is_defined_lexically(&mut self, cref: CrefRef, name: Symbol) -> RResult<bool> {
        let mut scope = Some(cref);
        while let Some(at) = scope {
            let own = RClass::new(at.module.get()).filter(|_| at.parent.is_some() && !at.transparent);
            if let Some(class) = own
                && self.has_own_constant(class, name)?
            {
                return Ok(true);
            }
            scope = at.parent;
        }
        match RClass::new(self.lexical_module(cref)) {
            Some(class) => self.constant_is_defined(class, name, true, false),
            None => Ok(false),
        }
    }

    /// Is a constant found in a module or its ancestors?
    pub fn constant_is_defined(&mut self, module: RClass, name: Symbol, object: bool, public_only: bool) -> RResult<bool> {
        let object_class = self.core.object;
        let own = module.data().ancestors.iter().copied().filter(|&ancestor| object || ancestor != object_class || module.value() == object_class);
        let object_class = self.class_view(object_class);
        let outer = object_class.data().ancestors.iter().copied().filter(|_| object && module.is_module());
        let holders = self.roots.root(Vec::from_iter(own.chain(outer)));
        let has_constant = |holder: &RClass| holder.data().constants.contains_key(&name);
        for holder in holders.iter().filter_map(|&holder| RClass::new(holder)).filter(has_constant) {
            let private = holder.data().constants.get(&name).is_some_and(|constant| constant.private);
            if !(public_only && private) && self.has_own_constant(holder, name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
