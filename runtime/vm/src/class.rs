//! Classes and modules: making them, singleton classes, ancestors, shapes of instances.
//!
//! Ancestors are kept as one list a class ("linearised"): prepended modules, the class, included modules,
//! then the superclass's list. Include and prepend rebuild the lists of all descendants.

use crate::vm::Vm;
use heap::Liveness;
use objects::class::{Allocator, Constant};
use objects::method::InstanceShape;
use objects::object::INLINE_MAX;
use objects::shape::Lifetime;
use objects::{ClassData, RClass, ShapeId};
use value::{GcByte, Header, Kind, RResult, Symbol, Value};

/// Makes an instance of a class with a native layout.
pub type NativeAllocator = fn(&mut Vm, RClass) -> RResult;

impl Vm {
    /// BasicObject, Object, Module and Class refer to each other, so they are made by hand.
    pub(crate) fn make_first_classes(&mut self) {
        let mut made = self.roots.values(&[]);
        let mut above = None;
        for _ in 0..4 {
            let class = self.raw_class(above, false);
            above = Some(class);
            made.push(class);
        }
        self.core.basic_object = made[0];
        self.core.object = made[1];
        self.core.module = made[2];
        self.core.class = made[3];
        let class_shape = self.instance_shape(self.class_view(made[3])).shape;
        for &class in made.iter() {
            if let Some(header) = class.header() {
                heap::remember(header);
                header.set_shape(class_shape.0);
            }
            self.rebuild_ancestors(self.class_view(class));
        }
        // Names are Strings, so that class comes next.
        self.core.string = self.new_class(self.class_view(made[1])).value();
        made.push(self.core.string);
        for (&class, name) in made.iter().zip(["BasicObject", "Object", "Module", "Class", "String"]) {
            self.name_core_class(class, name);
        }
    }

    /// Links what could not be linked while the first classes were made.
    pub(crate) fn finish_core_classes(&mut self) {
        let (object, kernel) = (self.core.object, self.core.kernel);
        self.include_module(self.class_view(object), self.class_view(kernel));
        for (class, kind) in [
            (self.core.string, Kind::String),
            (self.core.array, Kind::Array),
            (self.core.hash, Kind::Hash),
            (self.core.range, Kind::Range),
            (self.core.module, Kind::Class),
            (self.core.class, Kind::Class),
            (self.core.refinement, Kind::Class),
        ] {
            self.class_view(class).data_mut().allocator = Allocator::Kind(kind);
        }
        let core = self.core;
        for class in [
            core.integer,
            core.float,
            core.symbol,
            core.nil,
            core.true_,
            core.false_,
            core.rational,
            core.complex,
            core.method,
            core.unbound_method,
            core.binding,
            core.match_data,
            core.proc_,
            core.encoding,
        ] {
            self.class_view(class).data_mut().allocator = Allocator::None;
        }
        for (class, module) in [
            (core.comparable, core.numeric),
            (core.comparable, core.string),
            (core.comparable, core.symbol),
            (core.enumerable, core.array),
            (core.enumerable, core.hash),
            (core.enumerable, core.range),
            (core.enumerable, core.struct_),
            (core.enumerable, core.enumerator),
            (core.enumerable, core.io),
            (core.enumerable, core.dir),
            (core.comparable, core.time),
            (core.enumerable, core.set),
        ] {
            self.include_module(self.class_view(module), self.class_view(class));
        }
    }

    /// View of a value that is known to be a class or module.
    pub fn class_view(&self, class: Value) -> RClass {
        RClass::new(class).expect("a class is expected here by construction")
    }

    fn raw_class(&mut self, superclass: Option<Value>, is_module: bool) -> Value {
        let shape = if self.core.class.is_nil() {
            ShapeId::NONE
        } else if is_module {
            self.instance_shape(self.class_view(self.core.module)).shape
        } else {
            self.instance_shape(self.class_view(self.core.class)).shape
        };
        let class = objects::class::allocate(&mut self.heap, shape, superclass, is_module);
        let mut class = class.unwrap_or_else(|| self.out_of_memory());
        self.note_class(class);
        if let Some(mut above) = superclass.and_then(RClass::new) {
            class.data_mut().allocator = above.data().allocator;
            above.data_mut().descendants.push(class.value());
        }
        class.value()
    }

    /// Classes and modules are known to the collector; those of the program may die.
    pub(crate) fn note_class(&mut self, mut class: RClass) {
        if !self.is_booting() {
            class.data_mut().lifetime = Lifetime::Collectable;
        }
        self.heap.note_malloc(size_of::<ClassData>());
        self.internals.note_class(class);
    }

    pub(crate) fn define_core_class(&mut self, name: &str, superclass: Value) -> Value {
        let class = self.new_class(self.class_view(superclass));
        self.name_core_class(class.value(), name);
        class.value()
    }

    pub(crate) fn define_core_module(&mut self, name: &str) -> Value {
        let module = self.new_module();
        self.name_core_class(module.value(), name);
        module.value()
    }

    fn name_core_class(&mut self, class: Value, name: &str) {
        let symbol = self.intern(name);
        let text = self.string_frozen_ascii(name);
        let mut view = self.class_view(class);
        view.data_mut().name = Some(text);
        view.data_mut().has_permanent_name = true;
        let object = self.core.object;
        self.set_constant_raw(self.class_view(object), symbol, class);
    }

    /// Stores a constant without hooks or warnings.
    pub fn set_constant_raw(&mut self, mut module: RClass, name: Symbol, value: Value) {
        let data = module.data_mut();
        let constant = Constant { value, private: false, deprecated: false, autoload: None, location: None };
        data.constants.insert(name, constant);
        self.constant_changed(name);
    }

    /// A new anonymous class. Its singleton class is made when first needed. `inherited` is not called.
    pub fn new_class(&mut self, superclass: RClass) -> RClass {
        let class = self.raw_class(Some(superclass.value()), false);
        let class = self.class_view(class);
        self.rebuild_ancestors(class);
        // Class methods are inherited: the singleton classes form a chain beside the classes.
        self.singleton_class_of_class(class);
        class
    }

    /// Is it what `Class.allocate` gives: a class without a superclass?
    pub fn is_uninitialized(&self, class: RClass) -> bool {
        let data = class.data();
        data.superclass.is_none() && !data.is_module && class.value() != self.core.basic_object
    }

    /// Puts a class that is not initialized below its superclass.
    pub fn initialize_class(&mut self, mut class: RClass, mut superclass: RClass) {
        let allocator = superclass.data().allocator;
        let data = class.data_mut();
        data.superclass = Some(superclass.value());
        data.allocator = allocator;
        superclass.data_mut().descendants.push(class.value());
        let singleton = self.existing_singleton_class(class.value());
        let above = self.singleton_class_of_class(superclass);
        match singleton {
            Some(mut singleton) => {
                singleton.data_mut().superclass = Some(above.value());
                self.refresh_ancestors(singleton);
            }
            None => {
                self.singleton_class_of_class(class);
            }
        }
        self.refresh_ancestors(class);
    }

    /// A new anonymous module.
    pub fn new_module(&mut self) -> RClass {
        let module = self.raw_class(None, true);
        let module = self.class_view(module);
        self.rebuild_ancestors(module);
        module
    }

    /// A class under `outer` by name, made when missing (for builtins; no hooks).
    pub fn define_class_under(&mut self, outer: Value, name: &str, superclass: Value) -> Value {
        let symbol = self.intern(name);
        let module = self.class_view(outer);
        if let Some(constant) = self.defined_constant(module, symbol) {
            match self.clash_of(module, name, constant, Some(superclass)) {
                None => return constant,
                clash => self.clash = self.clash.take().or(clash),
            }
            return self.new_class(self.class_view(superclass)).value();
        }
        let class = self.new_class(self.class_view(superclass));
        self.set_constant_raw(module, symbol, class.value());
        self.give_name(class, module, symbol);
        class.value()
    }

    /// Why a constant of the program cannot be the class (with a superclass) or module that a library defines.
    fn clash_of(&mut self, outer: RClass, name: &str, constant: Value, superclass: Option<Value>) -> Option<String> {
        let path = if outer.value() == self.core.object { name.to_string() } else { format!("{}::{name}", self.class_name_text(outer)) };
        let kind = if superclass.is_some() { "class" } else { "module" };
        let Some(class) = RClass::new(constant).filter(|class| class.is_module() != superclass.is_some()) else {
            return Some(format!("{path} is not a {kind} ({})", self.class_name_of(constant)));
        };
        let differs = superclass.is_some_and(|superclass| class.data().superclass.is_some_and(|own| own != superclass));
        differs.then(|| format!("superclass mismatch for class {name}"))
    }

    /// Raises what a library could not define, once it has been set up.
    pub fn check_clash(&mut self) -> RResult<()> {
        match self.clash.take() {
            Some(problem) => {
                self.take_exception();
                Err(self.type_error(&problem))
            }
            None => Ok(()),
        }
    }

    /// A module under `outer` by name, made when missing (for builtins; no hooks).
    pub fn define_module_under(&mut self, outer: Value, name: &str) -> Value {
        let symbol = self.intern(name);
        let module = self.class_view(outer);
        if let Some(constant) = self.defined_constant(module, symbol) {
            match self.clash_of(module, name, constant, None) {
                None => return constant,
                clash => self.clash = self.clash.take().or(clash),
            }
            return self.new_module().value();
        }
        let inner = self.new_module();
        self.set_constant_raw(module, symbol, inner.value());
        self.give_name(inner, module, symbol);
        inner.value()
    }

    /// Names a class or module by the constant it was assigned to, if it has no permanent name yet.
    pub fn give_name(&mut self, mut class: RClass, outer: RClass, name: Symbol) {
        if class.data().has_permanent_name || class.is_singleton() {
            return;
        }
        let at_top = outer.value() == self.core.object || self.is_original(outer, name);
        let permanent = at_top || outer.data().has_permanent_name;
        if !permanent && class.data().name.is_some() {
            return;
        }
        let mut bytes = Vec::new();
        if !at_top {
            let prefix = self.class_name_text(outer);
            bytes.extend_from_slice(prefix.as_bytes());
            bytes.extend_from_slice(b"::");
        }
        bytes.extend_from_slice(self.symbols.bytes(name));
        let text = self.string_from_bytes(&bytes);
        self.freeze(text);
        class.data_mut().name = Some(text);
        // That of a refinement is the module that it was made in.
        if class.data().refined_class.is_none() {
            class.data_mut().lexical_parent = Some(outer.value());
        }
        class.data_mut().has_permanent_name = permanent;
        if permanent {
            self.name_children(class);
        }
    }

    /// Constants assigned while the module had a temporary name get permanent names now.
    fn name_children(&mut self, outer: RClass) {
        let children = self.roots.root(Vec::from_iter(outer.data().constants.iter().map(|(name, constant)| (name, constant.value))));
        for &(name, child) in children.iter() {
            if let Some(child) = RClass::new(child).filter(|child| !child.data().has_permanent_name && *child != outer) {
                self.give_name(child, outer, name);
            }
        }
    }

    /// Class of a value for method lookup (may be a singleton class). Loads ghosts.
    #[inline(always)]
    pub fn class_of(&self, value: Value) -> RClass {
        let shape = ShapeId::of(value);
        if shape == ShapeId::GHOST {
            // Asking for the kind loads it.
            let _ = value.kind();
            return self.class_view(self.shapes.class(ShapeId::of(value)));
        }
        self.class_view(self.shapes.class(shape))
    }

    /// Class of a value as `Object#class` gives it.
    pub fn real_class_of(&self, value: Value) -> RClass {
        self.class_of(value).real()
    }

    /// `value.is_a?(class)` without method calls.
    pub fn is_a(&self, value: Value, class: Value) -> bool {
        RClass::new(class).is_some_and(|class| self.class_of(value).inherits(class))
    }

    /// Shape and slots of a class's instances, fixed when first asked for.
    pub fn instance_shape(&mut self, mut class: RClass) -> InstanceShape {
        if let Some(instances) = class.data().instances {
            return instances;
        }
        let mut names: Vec<Symbol> = Vec::new();
        let mut scope = Some(class);
        while let Some(at) = scope {
            names.extend(at.data().ivar_names.iter());
            scope = at.data().superclass.and_then(RClass::new);
        }
        names.sort_unstable();
        names.dedup();
        let inline = (names.len() as u32).min(INLINE_MAX);
        let shape = self.shapes.new_shape(class.value(), class.data().lifetime, &[], inline);
        let instances = InstanceShape { shape, inline };
        class.data_mut().instances = Some(instances);
        instances
    }

    /// The singleton class of a value, made when missing; None for values that have none.
    pub fn singleton_class(&mut self, value: Value) -> Option<RClass> {
        match value {
            Value::NIL => return Some(self.class_view(self.core.nil)),
            Value::TRUE => return Some(self.class_view(self.core.true_)),
            Value::FALSE => return Some(self.class_view(self.core.false_)),
            _ => {}
        }
        match value.kind()? {
            Kind::Float | Kind::Bignum => None,
            Kind::String if objects::RString::new(value).is_some_and(|string| self.is_interned(string)) => None,
            Kind::Class => {
                let class = self.class_view(value);
                let singleton = self.singleton_class_of_class(class);
                // Methods of the superclass's singleton class of the second level are inherited.
                let above = class.data().superclass.and_then(RClass::new).and_then(|above| self.existing_singleton_class(above.value()));
                if above.is_some_and(|above| self.existing_singleton_class(above.value()).is_some()) {
                    self.singleton_class_of_class(singleton);
                }
                Some(singleton)
            }
            _ => Some(self.own_singleton_class(value)),
        }
    }

    /// The singleton class of a value if it was made already.
    pub fn existing_singleton_class(&self, value: Value) -> Option<RClass> {
        let class = self.class_of(value);
        (class.data().attached == Some(value)).then_some(class)
    }

    fn own_singleton_class(&mut self, value: Value) -> RClass {
        if let Some(class) = self.existing_singleton_class(value) {
            return class;
        }
        let above = self.class_of(value);
        self.attach_singleton(value, above)
    }

    fn singleton_class_of_class(&mut self, class: RClass) -> RClass {
        if let Some(existing) = self.existing_singleton_class(class.value()) {
            return existing;
        }
        let above = match class.data().superclass.and_then(RClass::new) {
            _ if class.is_module() => self.class_of(class.value()),
            Some(superclass) if class.is_singleton() => self.singleton_class_of_class(superclass),
            Some(superclass) => self.singleton_class_of_class(superclass),
            None => self.class_view(self.core.class),
        };
        // Making the one above may have needed this one.
        match self.existing_singleton_class(class.value()) {
            Some(existing) => existing,
            None => self.attach_singleton(class.value(), above),
        }
    }

    fn attach_singleton(&mut self, value: Value, above: RClass) -> RClass {
        let shape_before = ShapeId::of(value);
        let class = self.raw_class(Some(above.value()), false);
        let mut class = self.class_view(class);
        class.data_mut().attached = Some(value);
        self.rebuild_ancestors(class);
        // The object keeps its slots, so the singleton's shape shares the layout.
        let inline = self.shapes.layout(shape_before).inline();
        let open = self.shapes.new_shape_sharing(class.value(), class.data().lifetime, shape_before);
        class.data_mut().instances = Some(InstanceShape { shape: open, inline });
        if let Some(header) = value.header() {
            let shape = if header.is_frozen() { self.shapes.frozen(open) } else { open };
            heap::remember(header);
            header.set_shape(shape.0);
            if header.is_frozen() {
                self.freeze(class.value());
            }
        }
        if !self.core.refinement.is_nil() {
            self.class_singleton(value, class, self.class_view(self.shapes.class(shape_before)));
        }
        class
    }

    /// Marking is done: forgets the classes and modules that died; true when there were any.
    pub(crate) fn forget_dead_classes(&mut self, live: &Liveness<'_>) -> bool {
        let shapes_died = self.shapes.remove_dead(&|class| live.is_live(class));
        let classes_died = self.internals.forget_dead_classes(live);
        shapes_died || classes_died
    }

    /// Gives a singleton class its own class: that of the object's class, so that class methods are
    /// there. `before` is the class that the object had without it.
    fn class_singleton(&mut self, value: Value, singleton: RClass, before: RClass) {
        let above = if value.is_kind(Kind::Class) { before } else { before.real() };
        let own = if above.value() == value { singleton } else { self.singleton_class_of_class(above) };
        let shape = self.instance_shape(own).shape;
        if let Some(header) = singleton.value().header() {
            let shape = if header.is_frozen() { self.shapes.frozen(shape) } else { shape };
            heap::remember(header);
            header.set_shape(shape.0);
        }
    }

    /// The same for the singleton classes that were made before all of the first classes were there.
    pub(crate) fn class_first_singletons(&mut self) {
        let mut classes = self.roots.values(&[]);
        self.shapes.each_class(&mut |class| classes.push(class));
        let class = self.class_view(self.core.class);
        for singleton in classes.iter().filter_map(|&class| RClass::new(class)).filter(|class| class.is_singleton()) {
            if let Some(attached) = singleton.data().attached {
                let before = if RClass::new(attached).is_some_and(RClass::is_module) { self.class_view(self.core.module) } else { class };
                self.class_singleton(attached, singleton, before);
            }
        }
    }

    /// Recomputes the ancestors of a module and of everything below it.
    pub fn refresh_ancestors(&mut self, class: RClass) {
        self.rebuild_ancestors(class);
        self.methods_changed_by(class, class);
    }

    /// Recomputes the ancestors without telling caches.
    pub(crate) fn rebuild_ancestors(&mut self, mut class: RClass) {
        let above = class.data().superclass.and_then(RClass::new);
        let mut list = Vec::new();
        for module in class.data().prepends.iter().rev().filter_map(|&module| RClass::new(module)) {
            insert_modules(&mut list, 0, &module.data().ancestors, |_| false);
        }
        list.push(class.value());
        list.extend(&class.data().included);
        list.extend(above.iter().flat_map(|above| &above.data().ancestors));
        class.data_mut().ancestors = list.into();
        // The newest first, as in CRuby.
        for &below in self.roots.values(&class.data().descendants).iter().rev() {
            if let Some(below) = RClass::new(below) {
                self.rebuild_ancestors(below);
            }
        }
    }

    /// Where `holder` came in earlier, what it got now comes in too: `place` puts it into the list of such a class, given the
    /// position of `holder`.
    fn spread(&mut self, holder: RClass, through: RClass, place: &dyn Fn(RClass, &mut Vec<Value>, usize)) {
        // The newest first: what comes in above first is not repeated below.
        for &below in self.roots.values(&through.data().descendants).iter().rev() {
            let Some(mut below) = RClass::new(below) else { continue };
            let Some(position) = below.data().included.iter().position(|&module| module == holder.value()) else { continue };
            let mut list = below.data().included.to_vec();
            place(below, &mut list, position);
            below.data_mut().included = list.into();
            self.rebuild_ancestors(below);
            self.spread(holder, below, place);
        }
    }

    /// `include`: false when the module was among the ancestors already.
    pub fn include_module(&mut self, mut class: RClass, mut module: RClass) -> bool {
        if class.data().includes.contains(&module.value()) {
            return false;
        }
        let added = self.roots.values(&module.data().ancestors);
        let mut list = class.data().included.to_vec();
        let is_prepended = |module| class.data().ancestors.iter().take_while(|&&own| own != class.value()).any(|&other| other == module);
        insert_modules(&mut list, 0, &added, |module| is_prepended(module) || is_inherited(class, module));
        let data = class.data_mut();
        data.included = list.into();
        data.includes.insert(0, module.value());
        module.data_mut().descendants.push(class.value());
        self.rebuild_ancestors(class);
        if class.is_module() {
            self.spread(class, class, &|below, list, position| insert_modules(list, position + 1, &added, |module| is_inherited(below, module)));
        }
        self.methods_changed_by(module, class);
        self.constants_changed_by(module);
        true
    }

    /// Sites that cached a constant of one of these names look it up again.
    fn constants_changed_by(&mut self, module: RClass) {
        let holders = module.data().ancestors.iter().copied();
        let names: Vec<Symbol> = holders.filter_map(RClass::new).flat_map(|holder| holder.data().constants.keys().collect::<Vec<_>>()).collect();
        for name in names {
            self.constant_changed(name);
        }
    }

    /// `prepend`: false when it was prepended already.
    pub fn prepend_module(&mut self, mut class: RClass, mut module: RClass) -> bool {
        if class.data().prepends.contains(&module.value()) {
            return false;
        }
        let before = class.data().ancestors.iter().position(|&own| own == class.value()).unwrap_or(0);
        class.data_mut().prepends.insert(0, module.value());
        module.data_mut().descendants.push(class.value());
        self.rebuild_ancestors(class);
        if class.is_module() {
            let ancestors = self.roots.values(&class.data().ancestors);
            let prepended = ancestors.split(|&own| own == class.value()).next().unwrap_or_default();
            self.spread(class, class, &|_, list, position| insert_prepended(list, position.saturating_sub(before)..position, prepended));
        }
        self.methods_changed_by(module, class);
        self.constants_changed_by(module);
        // Methods of the class itself are hidden now.
        self.methods_changed_by(class, class);
        true
    }

    /// Name of a class or module as text; anonymous ones like `#<Class:0x...>`.
    pub fn class_name_text(&self, class: RClass) -> String {
        if let Some(name) = class.data().name.and_then(objects::RString::new) {
            return name.to_text();
        }
        if let Some(text) = self.refinement_text(class) {
            return text;
        }
        match class.data().attached {
            Some(attached) => match RClass::new(attached) {
                Some(attached) => format!("#<Class:{}>", self.class_name_text(attached)),
                None => format!("#<Class:{}>", self.any_to_s(attached)),
            },
            None => {
                let sort = self.real_class_of(class.value());
                let sort = if sort.data().name.is_some() { self.class_name_text(sort) } else { "Class".to_string() };
                format!("#<{sort}:{}>", address(class.value()))
            }
        }
    }

    /// What a refinement refines and where.
    pub fn refinement_text(&self, class: RClass) -> Option<String> {
        let refined = class.data().refined_class.and_then(RClass::new)?;
        let module = class.data().lexical_parent.and_then(RClass::new).map(|module| self.class_name_text(module)).unwrap_or_default();
        Some(format!("#<refinement:{}@{module}>", self.class_name_text(refined)))
    }

    /// Name of the class of a value, for messages.
    pub fn class_name_of(&self, value: Value) -> String {
        self.class_name_text(self.real_class_of(value))
    }

    /// `#<Foo>`-like default text of an object: `#<Foo:0x...>`.
    pub fn any_to_s(&self, value: Value) -> String {
        format!("#<{}:{}>", self.class_name_of(value), address(value))
    }

    /// Freezes a value: its shape and flag change. Immediates are frozen already.
    pub fn freeze(&mut self, value: Value) -> Value {
        if let Some(header) = value.header() {
            if header.gc() & GcByte::BARRIER != 0 {
                heap::write_barrier(header);
            }
            if value.is_kind(Kind::Ghost) {
                return value;
            }
            header.set_flags(header.flags() & !Header::CHILLED | Header::FROZEN);
            let shape = ShapeId(header.shape());
            header.set_shape(self.shapes.frozen(shape).0);
            if let Some(singleton) =
                RClass::new(self.shapes.class(shape)).filter(|class| class.data().attached == Some(value) && class.value() != value)
            {
                return self.freeze_with_singleton(value, singleton);
            }
        }
        value
    }

    #[cold]
    fn freeze_with_singleton(&mut self, value: Value, singleton: RClass) -> Value {
        if !self.is_frozen(singleton.value()) {
            self.freeze(singleton.value());
        }
        value
    }

    /// `frozen?`
    pub fn is_frozen(&self, value: Value) -> bool {
        let _ = value.kind();
        value.header().is_none_or(Header::is_frozen)
    }

    /// An uninitialised instance (`allocate`).
    pub fn allocate(&mut self, class: RClass) -> RResult {
        if class.is_singleton() {
            return Err(self.type_error("can't create instance of singleton class"));
        }
        match class.data().allocator {
            Allocator::Object => self.allocate_object(class),
            Allocator::None if self.is_uninitialized(class) => Err(self.type_error("can't instantiate uninitialized class")),
            Allocator::None => {
                let name = self.class_name_text(class);
                Err(self.type_error(&format!("allocator undefined for {name}")))
            }
            Allocator::Kind(kind) => self.allocate_kind(class, kind),
            Allocator::NativeObject(number) => self.allocators[number as usize](self, class),
            Allocator::Native(number) => {
                let made = self.allocators[number as usize](self, class)?;
                // Machine code looks for the variables outside of the cell.
                debug_assert!(!made.is_kind(Kind::Object), "the allocator of {} makes plain objects", self.class_name_text(class));
                Ok(made)
            }
        }
    }

    /// The same for a plain object, whatever allocator the class has.
    pub fn allocate_object(&mut self, class: RClass) -> RResult {
        let instances = self.instance_shape(class);
        objects::object::allocate(&mut self.heap, instances.shape, instances.inline).ok_or_else(|| self.no_memory())
    }

    fn allocate_kind(&mut self, class: RClass, kind: Kind) -> RResult {
        let shape = self.instance_shape(class).shape;
        let made = match kind {
            Kind::String => objects::string::allocate(&mut self.heap, shape, b"", text::encoding::Encoding::BINARY),
            Kind::Array => objects::array::allocate(&mut self.heap, shape, &[]),
            Kind::Hash => objects::hash::allocate(&mut self.heap, shape, 0).map(|hash| hash.value()),
            Kind::Range => objects::range::allocate(&mut self.heap, shape, Value::NIL, Value::NIL, false),
            Kind::Class if class.inherits(self.class_view(self.core.class)) => {
                let class = self.raw_class(None, false);
                let mut class = self.class_view(class);
                class.data_mut().allocator = Allocator::None;
                self.rebuild_ancestors(class);
                return Ok(class.value());
            }
            Kind::Class => {
                let module = objects::class::allocate(&mut self.heap, shape, None, true);
                if let Some(module) = module {
                    self.rebuild_ancestors(module);
                }
                module.map(|module| module.value())
            }
            _ => None,
        };
        made.ok_or_else(|| self.no_memory())
    }

    /// An object of `class` with the content of `original` (not its variables): the start of `dup`.
    pub fn allocate_copy(&mut self, class: RClass, original: Value) -> RResult {
        match (original.kind(), objects::RProc::new(original)) {
            (_, Some(callable)) => {
                let copy = self.proc_from(callable.body(), callable.is_lambda());
                self.retype(copy.value(), class);
                Ok(copy.value())
            }
            (Some(Kind::Object), _) => self.allocate_object(class),
            _ => self.allocate(class),
        }
    }

    /// Makes a fresh object an instance of another class of the same kind.
    pub fn retype(&mut self, object: Value, class: RClass) {
        let shape = self.instance_shape(class).shape;
        if let Some(header) = object.header() {
            heap::remember(header);
            header.set_shape(shape.0);
        }
    }

    /// Makes a frozen instance of `class` of an object, whose content is given up: it is of no kind that builtins work on.
    pub fn hollow(&mut self, object: Value, class: RClass) {
        objects::kinds::hollow(object);
        self.retype(object, class);
        self.freeze(object);
    }

    /// Gives a class a native allocator of cells with native data, inherited by classes made below it later.
    pub fn set_allocator(&mut self, class: Value, allocator: NativeAllocator) {
        let number = self.number_of(allocator);
        self.set_allocator_of(self.class_view(class), Allocator::Native(number));
    }

    /// The same with an allocator that makes plain objects.
    pub fn set_object_allocator(&mut self, class: Value, allocator: NativeAllocator) {
        let number = self.number_of(allocator);
        self.set_allocator_of(self.class_view(class), Allocator::NativeObject(number));
    }

    fn number_of(&mut self, allocator: NativeAllocator) -> u32 {
        self.allocators.push(allocator);
        self.allocators.len() as u32 - 1
    }

    fn set_allocator_of(&mut self, mut class: RClass, allocator: Allocator) {
        class.data_mut().allocator = allocator;
        for &below in self.roots.values(&class.data().descendants).iter() {
            if let Some(below) = RClass::new(below) {
                self.set_allocator_of(below, allocator);
            }
        }
    }

    /// Takes `allocate` away from a class.
    pub fn undefine_allocator(&mut self, class: Value) {
        self.set_allocator_of(self.class_view(class), Allocator::None);
    }
}

/// Is the module among the ancestors of the superclass?
fn is_inherited(class: RClass, module: Value) -> bool {
    class.data().superclass.and_then(RClass::new).is_some_and(|above| above.data().ancestors.contains(&module))
}

/// Puts modules into a list of included or prepended ones, in order from `start` on, as CRuby does: one that stands there stays
/// and the next follows it, one that is elsewhere is left out.
fn insert_modules(list: &mut Vec<Value>, start: usize, added: &[Value], is_elsewhere: impl Fn(Value) -> bool) {
    let mut cursor = start;
    for &module in added {
        match list[start..].iter().position(|&other| other == module) {
            Some(position) => cursor = cursor.max(start + position + 1),
            None if is_elsewhere(module) => {}
            None => {
                list.insert(cursor, module);
                cursor += 1;
            }
        }
    }
}

/// Puts modules before the one they were prepended to; `range` is where those stand that were prepended earlier.
fn insert_prepended(list: &mut Vec<Value>, mut range: std::ops::Range<usize>, prepended: &[Value]) {
    let start = range.start;
    for (index, &module) in prepended.iter().enumerate() {
        if !list[range.clone()].contains(&module) {
            list.insert(start + index, module);
            range.end += 1;
        }
    }
}

/// The address part of default texts: 16 hexadecimal digits.
pub fn address(value: Value) -> String {
    format!("0x{:016x}", value.bits())
}
