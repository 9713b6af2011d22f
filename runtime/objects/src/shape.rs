//! Shapes: one number that stands for class, instance variable layout and frozenness.
//!
//! A class has one layout for all its instances, which only grows: setting a new variable gives it
//! the next index in the class's layout, and the object's shape does not change. A shape is then a
//! class in one of its states (open, frozen), so that a constructor does not walk a transition tree and
//! a call site sees one shape a class. The price is a slot for variables that some instances never
//! set. The classes of a program die when nothing leads to them: the number of their shapes tells the collector to
//! ask for the class. The first `inline` slots stand in the cell of `Kind::Object`, the others in a vector.

use stdx::FastMap;
use value::{Symbol, Value};

stdx::define_id!(
    /// A shape; the number in an object's header.
    ShapeId, "shape"
);

// Twice the row of the class in the table, and one more for the frozen state.
impl ShapeId {
    /// No object has it.
    pub const NONE: ShapeId = ShapeId(0);
    /// Immediate Integers.
    pub const FIXNUM: ShapeId = Self::frozen_of_row(1);
    /// Immediate Floats.
    pub const FLONUM: ShapeId = Self::frozen_of_row(2);
    /// nil
    pub const NIL: ShapeId = Self::frozen_of_row(3);
    /// true
    pub const TRUE: ShapeId = Self::frozen_of_row(4);
    /// false
    pub const FALSE: ShapeId = Self::frozen_of_row(5);
    /// Symbols.
    pub const SYMBOL: ShapeId = Self::frozen_of_row(6);
    /// Persistent objects that are not loaded.
    pub const GHOST: ShapeId = Self::frozen_of_row(7);
    const FIRST_FREE_ROW: usize = 8;
    const FROZEN: u32 = 1;
    /// Bit of the shapes whose class lives no longer than the objects that have them. 30, so that numbers stay positive.
    const COLLECTABLE: u32 = 1 << 30;

    const fn frozen_of_row(row: u32) -> ShapeId {
        ShapeId(row << 1 | Self::FROZEN)
    }

    #[inline(always)]
    pub(crate) fn row(self) -> usize {
        ((self.0 & !Self::COLLECTABLE) >> 1) as usize
    }

    /// Does its class die with the objects that have it?
    #[inline(always)]
    pub fn is_collectable(self) -> bool {
        self.0 & Self::COLLECTABLE != 0
    }

    /// The shape of any value, without loading ghosts.
    #[inline(always)]
    pub fn of(value: Value) -> ShapeId {
        match value.header() {
            Some(header) => ShapeId(header.shape()),
            None => Self::of_immediate(value),
        }
    }

    /// The shape of an immediate.
    #[inline(always)]
    pub fn of_immediate(value: Value) -> ShapeId {
        if value.is_fixnum() {
            return Self::FIXNUM;
        }
        if value.is_flonum() {
            return Self::FLONUM;
        }
        match value {
            Value::NIL => Self::NIL,
            Value::TRUE => Self::TRUE,
            Value::FALSE => Self::FALSE,
            _ if value.is_symbol() => Self::SYMBOL,
            _ => Self::NONE,
        }
    }
}

stdx::define_id!(
    /// An instance variable layout.
    LayoutId, "layout"
);

/// Index of every instance variable of a class's instances.
#[derive(Clone, Default)]
pub struct Layout {
    names: Vec<Symbol>,
    index: FastMap<Symbol, u32>,
    inline: u32,
}

impl Layout {
    /// Names by index.
    pub fn names(&self) -> &[Symbol] {
        &self.names
    }

    /// Index of a variable.
    pub fn find(&self, name: Symbol) -> Option<u32> {
        self.index.get(&name).copied()
    }

    /// Slots inside cells of `Kind::Object`.
    pub fn inline(&self) -> u32 {
        self.inline
    }
}

/// What the open and the frozen shape of a class have in common.
#[derive(Clone, Copy)]
struct Shape {
    class: Value,
    layout: LayoutId,
    /// Was the layout made for this class, rather than shared with another?
    owns_layout: bool,
}

/// How long a class lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lifetime {
    /// As long as the VM: a root.
    Lasting,
    /// As long as something leads to it, be it an object of the class.
    Collectable,
}

/// All shapes of a VM.
pub struct ShapeTable {
    shapes: Vec<Shape>,
    layouts: Vec<Layout>,
    /// Layouts of classes that have died.
    free_layouts: Vec<LayoutId>,
    /// The collectable shapes whose class is alive.
    collectable: Vec<ShapeId>,
}

impl Default for ShapeTable {
    fn default() -> Self {
        let none = Shape { class: Value::NIL, layout: LayoutId(0), owns_layout: false };
        ShapeTable {
            shapes: vec![none; ShapeId::FIRST_FREE_ROW],
            layouts: vec![Layout::default()],
            free_layouts: Vec::new(),
            collectable: Vec::new(),
        }
    }
}

impl ShapeTable {
    /// Gives an immediate shape its class.
    pub fn set_immediate(&mut self, shape: ShapeId, class: Value) {
        self.shapes[shape.row()].class = class;
    }

    /// Makes the open and the frozen shape of a class, with a layout in which `names` are known and `inline` slots lie inside
    /// cells; returns the open one.
    pub fn new_shape(&mut self, class: Value, lifetime: Lifetime, names: &[Symbol], inline: u32) -> ShapeId {
        let index = names.iter().enumerate().map(|(i, &name)| (name, i as u32)).collect();
        let layout = Layout { names: names.to_vec(), index, inline };
        let layout = match self.free_layouts.pop() {
            Some(id) => {
                self.layouts[id.index()] = layout;
                id
            }
            None => {
                self.layouts.push(layout);
                LayoutId(self.layouts.len() as u32 - 1)
            }
        };
        self.add(Shape { class, layout, owns_layout: true }, lifetime)
    }

    /// The same with the layout of another shape, whose class lives at least as long.
    pub fn new_shape_sharing(&mut self, class: Value, lifetime: Lifetime, other: ShapeId) -> ShapeId {
        self.add(Shape { class, layout: self.layout_id(other), owns_layout: false }, lifetime)
    }

    /// The numbers are not used again: machine code may still compare with them.
    fn add(&mut self, shape: Shape, lifetime: Lifetime) -> ShapeId {
        let open = (self.shapes.len() as u32) << 1;
        self.shapes.push(shape);
        match lifetime {
            Lifetime::Lasting => ShapeId(open),
            Lifetime::Collectable => {
                self.collectable.push(ShapeId(open | ShapeId::COLLECTABLE));
                ShapeId(open | ShapeId::COLLECTABLE)
            }
        }
    }

    /// Takes the dead classes of collectable shapes out of the table; true when there were any.
    pub fn remove_dead(&mut self, is_live: &dyn Fn(Value) -> bool) -> bool {
        let before = self.collectable.len();
        let ShapeTable { shapes, layouts, free_layouts, collectable } = self;
        collectable.retain(|shape| {
            let shape = &mut shapes[shape.row()];
            let live = is_live(shape.class);
            if !live {
                shape.class = Value::NIL;
                if std::mem::take(&mut shape.owns_layout) {
                    layouts[shape.layout.index()] = Layout::default();
                    free_layouts.push(shape.layout);
                }
            }
            live
        });
        collectable.len() < before
    }

    /// Has the class of the shape died?
    pub fn is_dead(&self, shape: ShapeId) -> bool {
        shape.is_collectable() && self.class(shape).is_nil()
    }

    /// The class of a shape (may be a singleton class).
    #[inline(always)]
    pub fn class(&self, shape: ShapeId) -> Value {
        self.shapes[shape.row()].class
    }

    /// Is it a frozen state? Immediates are.
    pub fn is_frozen(&self, shape: ShapeId) -> bool {
        shape.0 & ShapeId::FROZEN != 0
    }

    /// The frozen state of the same class.
    pub fn frozen(&self, shape: ShapeId) -> ShapeId {
        ShapeId(shape.0 | ShapeId::FROZEN)
    }

    fn layout_id(&self, shape: ShapeId) -> LayoutId {
        self.shapes[shape.row()].layout
    }

    /// The layout.
    pub fn layout(&self, shape: ShapeId) -> &Layout {
        &self.layouts[self.shapes[shape.row()].layout.index()]
    }

    /// Index of a variable, added when it is new.
    pub fn index_for(&mut self, shape: ShapeId, name: Symbol) -> u32 {
        let layout = &mut self.layouts[self.shapes[shape.row()].layout.index()];
        if let Some(&index) = layout.index.get(&name) {
            return index;
        }
        let index = layout.names.len() as u32;
        layout.names.push(name);
        layout.index.insert(name, index);
        index
    }

    /// Calls `visit` with the class of every shape that is not collectable (roots: these classes live as long as the VM).
    pub fn each_class(&self, visit: &mut dyn FnMut(Value)) {
        let mut collectable = self.collectable.iter().map(|shape| shape.row()).peekable();
        for (row, shape) in self.shapes.iter().enumerate() {
            if collectable.next_if_eq(&row).is_none() {
                visit(shape.class);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_and_its_frozen_state_have_one_class() {
        let mut table = ShapeTable::default();
        let class = Value::small(7);
        for open in [Lifetime::Lasting, Lifetime::Collectable].map(|lifetime| table.new_shape(class, lifetime, &[], 0)) {
            let frozen = table.frozen(open);
            assert_eq!((table.class(open), table.class(frozen)), (class, class));
            assert_eq!((table.is_frozen(open), table.is_frozen(frozen), table.frozen(frozen)), (false, true, frozen));
            assert_eq!(open.is_collectable(), frozen.is_collectable());
        }
    }

    #[test]
    fn only_collectable_classes_die_and_each_once() {
        let mut table = ShapeTable::default();
        let lasting = table.new_shape(Value::small(1), Lifetime::Lasting, &[], 0);
        let [kept, lost] = [2, 3].map(|number| table.new_shape(Value::small(number), Lifetime::Collectable, &[Symbol(9)], 0));
        let is_live = |class| class == Value::small(2);
        assert!(table.remove_dead(&is_live));
        assert_eq!([lasting, kept, lost].map(|shape| table.is_dead(shape)), [false, false, true]);
        assert!(table.is_dead(table.frozen(lost)));
        assert!(!table.remove_dead(&is_live));
        let mut roots = Vec::new();
        table.each_class(&mut |class| roots.push(class));
        assert!(roots.contains(&Value::small(1)) && !roots.contains(&Value::small(2)));
    }

    #[test]
    fn a_layout_that_a_dead_class_owned_is_used_again_and_a_shared_one_is_not() {
        let mut table = ShapeTable::default();
        let first = table.new_shape(Value::small(1), Lifetime::Collectable, &[Symbol(9)], 0);
        let sharing = table.new_shape_sharing(Value::small(2), Lifetime::Collectable, first);
        table.remove_dead(&|class| class == Value::small(1));
        assert!(table.is_dead(sharing));
        let next = table.new_shape(Value::small(3), Lifetime::Collectable, &[Symbol(7)], 0);
        assert_eq!(table.layout(first).names(), [Symbol(9)]);
        table.remove_dead(&|class| class == Value::small(3));
        let layouts = table.layouts.len();
        table.new_shape(Value::small(4), Lifetime::Collectable, &[], 0);
        assert_eq!((table.layouts.len(), table.layout(next).names()), (layouts, &[Symbol(7)][..]));
    }
}
