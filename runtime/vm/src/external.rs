//! Between the heap's hooks for persistent objects and the crate that implements them: hands the VM along.

use crate::vm::Vm;
use heap::ExternalSpace;
use objects::{OpaqueVm, RArray, RClass};
use std::sync::atomic::Ordering;
use value::{Header, RResult, Value};

/// Owner of persistent objects, with the VM at hand.
pub trait PersistentSpace {
    /// A persistent object is about to change for the first time in this transaction.
    fn before_store(&self, vm: &mut Vm, object: Value);
    /// A ghost is touched: the object gets its content, or stays a ghost. Runs no code of the program.
    fn load(&self, vm: &mut Vm, object: Value) -> RResult<()>;
    /// The id of a persistent object, which is the same in every process.
    fn id_of(&self, object: Value) -> Option<u64>;
    /// The object of an id, if there is one.
    fn object_of(&self, vm: &mut Vm, id: u64) -> RResult<Option<Value>>;
    /// What is wrong with its tables, if anything: all they name are objects.
    fn fault_of(&self, is_object: &dyn Fn(u64) -> bool) -> Option<String>;
    /// Marking is done; forget objects that are not live.
    fn after_mark(&self, is_live: &dyn Fn(u64) -> bool);
}

/// A sort of objects with a native part that another process can have, and that is saved as values.
#[derive(Clone, Copy)]
pub struct Portable {
    /// Its name in records.
    pub name: &'static str,
    /// The values of an object; None when it is of another sort, or cannot be taken apart.
    pub take_apart: fn(&mut Vm, Value) -> RResult<Option<RArray>>,
    /// An object of the class without values.
    pub allocate: fn(&mut Vm, RClass) -> RResult,
    /// Gives an object its values. Runs no code of the program.
    pub put_together: fn(&mut Vm, Value, RArray) -> RResult<()>,
}

/// Ids of persistent objects begin here, far from those that are counted in the process.
const PERSISTENT_IDS: i64 = 1 << 60;

struct Adapter {
    vm: *mut OpaqueVm,
    space: std::rc::Rc<dyn PersistentSpace>,
}

impl Adapter {
    fn vm(&self) -> &'static mut Vm {
        // SAFETY: made by `set_persistent_space` of this boxed VM, whose heap owns the adapter and calls
        // it only while the VM runs under its lock.
        unsafe { Vm::from_opaque(self.vm) }
    }
}

impl ExternalSpace for Adapter {
    fn before_store(&mut self, cell: *mut Header) {
        // SAFETY: the barrier is called with a live cell.
        let object = unsafe { Value::from_cell(cell) };
        let space = self.space.clone();
        space.before_store(self.vm(), object);
    }

    fn fault(&mut self, cell: *mut Header) {
        // SAFETY: ghosts are live cells.
        let object = unsafe { Value::from_cell(cell) };
        let space = self.space.clone();
        self.vm().load_or_note(&*space, object);
    }

    fn fault_of(&self, is_cell: &dyn Fn(*const Header) -> bool) -> Option<String> {
        self.space.fault_of(&|word| is_cell(word as *const Header))
    }

    fn after_mark(&mut self, is_live: &dyn Fn(*const Header) -> bool) {
        self.space.after_mark(&|word| is_live(word as *const Header));
    }
}

impl Vm {
    /// Installs the owner of persistent objects.
    pub fn set_persistent_space(&mut self, space: std::rc::Rc<dyn PersistentSpace>) {
        let vm = self.as_opaque();
        self.space = Some(space.clone());
        self.heap.set_external(Box::new(Adapter { vm, space }));
    }

    /// Loads a ghost where a failure can be raised: at the borders where a program touches an object.
    pub fn load(&mut self, object: Value) -> RResult<()> {
        if !Vm::is_ghost(object) {
            return Ok(());
        }
        let Some(space) = self.space.clone() else { return Ok(()) };
        let result = space.load(self, object);
        if result.is_err() {
            // What a look in between met is told now.
            self.failed_load = None;
        }
        result
    }

    /// Loads a ghost that a native looks at in the middle of its work. A failure leaves the ghost, which is of no kind that
    /// natives work on, and is raised in place of what the native raises, or at the next safepoint.
    fn load_or_note(&mut self, space: &dyn PersistentSpace, object: Value) {
        let before = std::mem::replace(&mut self.pending, crate::Pending::None);
        if space.load(self, object).is_err() {
            self.failed_load = self.take_exception();
            self.head.interrupt.fetch_or(abi::EVENT, Ordering::AcqRel);
        }
        self.pending = before;
    }

    /// What `object_id` says of a persistent object.
    pub(crate) fn persistent_id(&self, object: Value) -> Option<i64> {
        object.header().filter(|header| header.gc() & value::GcByte::EXTERNAL != 0)?;
        let id = self.space.as_ref()?.id_of(object)?;
        Some(PERSISTENT_IDS + 8 * id as i64)
    }

    /// The persistent object that an `object_id` stands for.
    pub fn persistent_object(&mut self, id: i64) -> RResult<Option<Value>> {
        let Some(space) = self.space.clone().filter(|_| id > PERSISTENT_IDS && id & 7 == 0) else { return Ok(None) };
        space.object_of(self, (id - PERSISTENT_IDS) as u64 / 8)
    }

    /// Raises what went wrong when a native looked at a ghost.
    #[inline(always)]
    pub fn check_loads(&mut self) -> RResult<()> {
        if self.failed_load.is_none() { Ok(()) } else { self.raise_failed_load() }
    }

    #[cold]
    fn raise_failed_load(&mut self) -> RResult<()> {
        match self.failed_load.take() {
            Some(failure) => Err(self.raise_exception(failure)),
            None => Ok(()),
        }
    }

    /// Calls to ghosts that cannot be loaded go to the methods of `module`.
    pub fn set_ghost_class(&mut self, module: Value) {
        self.shapes.set_immediate(objects::ShapeId::GHOST, module);
    }

    /// Makes a ghost of an object: its content is given up until the next touch.
    pub fn make_ghost(&mut self, object: Value) {
        let Some(header) = object.header().filter(|header| header.kind() != value::Kind::Ghost) else { return };
        // Giving the content up is no change of the object.
        header.set_gc(header.gc() & !value::GcByte::CLEAN | value::GcByte::EXTERNAL);
        objects::kinds::empty(object);
        let kind = header.kind();
        header.set_flags(header.flags() & 0xff | (kind as u16) << 8);
        header.set_shape(objects::ShapeId::GHOST.0);
        header.set_kind(value::Kind::Ghost);
    }

    /// Is the object a ghost? Does not load it.
    pub fn is_ghost(object: Value) -> bool {
        object.header().is_some_and(|header| header.kind() == value::Kind::Ghost)
    }

    /// Gives a ghost back its kind, with empty content, as an instance of `class`.
    pub fn revive_ghost(&mut self, object: Value, kind: value::Kind, class: objects::RClass) {
        let shape = match kind {
            value::Kind::Object => self.shape_in_cell(object, class),
            _ => self.instance_shape(class).shape,
        };
        if let Some(header) = object.header() {
            heap::remember(header);
            header.set_flags(0);
            header.set_shape(shape.0);
            header.set_kind(kind);
        }
    }

    /// A shape of the class whose inline slots have room in the object's cell, which may have been made for another class.
    fn shape_in_cell(&mut self, object: Value, class: objects::RClass) -> objects::ShapeId {
        let usual = self.instance_shape(class);
        let room = objects::object::inline_room(object);
        if usual.inline <= room {
            return usual.shape;
        }
        if let Some(&narrow) = self.narrow_shapes.get(&(usual.shape.0, room)) {
            return narrow;
        }
        let names = self.shapes.layout(usual.shape).names().to_vec();
        let narrow = self.shapes.new_shape(class.value(), class.data().lifetime, &names, room);
        self.narrow_shapes.insert((usual.shape.0, room), narrow);
        narrow
    }
}

impl Vm {
    /// Makes a sort of objects portable.
    pub fn define_portable(&mut self, portable: Portable) {
        self.portables.push(portable);
    }

    /// The values of a portable object, and the name of its sort.
    pub fn take_apart(&mut self, object: Value) -> RResult<Option<(&'static str, RArray)>> {
        for portable in self.portables.clone() {
            if let Some(values) = (portable.take_apart)(self, object)? {
                return Ok(Some((portable.name, values)));
            }
        }
        Ok(None)
    }

    /// A portable object without values.
    pub fn allocate_portable(&mut self, name: &str, class: RClass) -> RResult {
        let portable = self.portable(name)?;
        (portable.allocate)(self, class)
    }

    /// Gives a portable object its values.
    pub fn put_together(&mut self, name: &str, object: Value, values: RArray) -> RResult<()> {
        let portable = self.portable(name)?;
        (portable.put_together)(self, object, values)
    }

    fn portable(&mut self, name: &str) -> RResult<Portable> {
        match self.portables.iter().find(|portable| portable.name == name) {
            Some(&portable) => Ok(portable),
            None => Err(self.argument_error(&format!("no objects of the sort {name} here"))),
        }
    }
}
