//! Between the heap's hooks for persistent objects and the crate that implements them: hands the VM along.

use crate::vm::Vm;
use heap::ExternalSpace;
use objects::OpaqueVm;
use value::{Header, Value};

/// Owner of persistent objects, with the VM at hand.
pub trait PersistentSpace {
    /// A persistent object is about to change for the first time in this transaction.
    fn before_store(&self, vm: &mut Vm, object: Value);
    /// A ghost is touched: the object gets its content.
    fn fault(&self, vm: &mut Vm, object: Value);
    /// Marking is done; forget objects that are not live.
    fn after_mark(&self, is_live: &dyn Fn(u64) -> bool);
}

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
        space.fault(self.vm(), object);
    }

    fn after_mark(&mut self, is_live: &dyn Fn(*const Header) -> bool) {
        self.space.after_mark(&|word| is_live(word as *const Header));
    }
}

impl Vm {
    /// Installs the owner of persistent objects.
    pub fn set_persistent_space(&mut self, space: std::rc::Rc<dyn PersistentSpace>) {
        let vm = self.as_opaque();
        self.heap.set_external(Box::new(Adapter { vm, space }));
    }

    /// Makes a ghost of an object: its content is given up until the next touch.
    pub fn make_ghost(&mut self, object: Value) {
        let Some(header) = object.header() else { return };
        objects::kinds::empty(object);
        let kind = header.kind();
        header.set_flags(header.flags() & 0xff | (kind as u16) << 8);
        header.set_shape(objects::ShapeId::GHOST.0);
        header.set_kind(value::Kind::Ghost);
        header.set_gc(value::GcByte::EXTERNAL);
    }

    /// Is the object a ghost? Does not load it.
    pub fn is_ghost(object: Value) -> bool {
        object.header().is_some_and(|header| header.kind() == value::Kind::Ghost)
    }

    /// Gives a ghost back its kind, with empty content, as an instance of `class`.
    pub fn revive_ghost(&mut self, object: Value, kind: value::Kind, class: objects::RClass) {
        let shape = self.instance_shape(class).shape;
        if let Some(header) = object.header() {
            header.set_flags(0);
            header.set_shape(shape.0);
            header.set_kind(kind);
        }
    }
}
