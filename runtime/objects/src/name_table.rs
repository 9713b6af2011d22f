//! Tables by name that keep the order of definition: methods and constants of a class.
//!
//! Most classes of a program that makes many have a method or two, so a short table is searched from end to end and has no index.

use stdx::{Empty, FastMap};
use value::Symbol;

/// Entries of a table without an index.
const SHORT: usize = 8;

/// Values by name in the order in which the names came in.
#[derive(Clone)]
pub struct NameTable<V> {
    entries: Vec<(Symbol, V)>,
    /// Places of the names, once there are more than `SHORT`.
    index: Option<Box<FastMap<Symbol, u32>>>,
}

impl<V> NameTable<V> {
    const fn new() -> Self {
        NameTable { entries: Vec::new(), index: None }
    }

    #[inline]
    fn place(&self, name: Symbol) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(&name).map(|&place| place as usize),
            None => self.entries.iter().position(|&(other, _)| other == name),
        }
    }

    fn make_index(&mut self) {
        let places = || self.entries.iter().enumerate().map(|(place, &(name, _))| (name, place as u32)).collect();
        self.index = (self.entries.len() > SHORT).then(|| Box::new(places()));
    }

    fn append(&mut self, name: Symbol, value: V) {
        if self.entries.is_empty() {
            self.entries.reserve_exact(1);
        }
        self.entries.push((name, value));
        match &mut self.index {
            Some(index) => {
                index.insert(name, self.entries.len() as u32 - 1);
            }
            None => self.make_index(),
        }
    }

    /// The value of a name.
    #[inline]
    pub fn get(&self, name: &Symbol) -> Option<&V> {
        self.place(*name).map(|place| &self.entries[place].1)
    }

    /// The value of a name, for changes.
    pub fn get_mut(&mut self, name: &Symbol) -> Option<&mut V> {
        self.place(*name).map(|place| &mut self.entries[place].1)
    }

    /// Is the name there?
    pub fn contains_key(&self, name: &Symbol) -> bool {
        self.place(*name).is_some()
    }

    /// Sets the value of a name, which keeps its place; returns the one it had.
    pub fn insert(&mut self, name: Symbol, value: V) -> Option<V> {
        match self.place(name) {
            Some(place) => Some(std::mem::replace(&mut self.entries[place].1, value)),
            None => {
                self.append(name, value);
                None
            }
        }
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &Symbol) -> Option<V> {
        let (_, value) = self.entries.remove(self.place(*name)?);
        self.make_index();
        Some(value)
    }

    /// Is there nothing?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Names with their values, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Symbol, &V)> + ExactSizeIterator {
        self.entries.iter().map(|(name, value)| (*name, value))
    }

    /// Names in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = Symbol> + ExactSizeIterator {
        self.entries.iter().map(|&(name, _)| name)
    }

    /// Values in the order of their names.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.entries.iter().map(|(_, value)| value)
    }
}

impl<V> Default for NameTable<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: 'static> Empty for NameTable<V> {
    const EMPTY: &'static Self = &NameTable::new();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names 0 to `count`, each with twice its number.
    fn table(count: u32) -> NameTable<u32> {
        let mut table = NameTable::default();
        for number in 0..count {
            assert_eq!(table.insert(Symbol(number), number * 2), None);
        }
        table
    }

    #[test]
    fn names_are_found_with_and_without_index() {
        for count in [0, 1, SHORT as u32, SHORT as u32 + 1, 100] {
            let table = table(count);
            assert!((0..count).all(|number| table.get(&Symbol(number)) == Some(&(number * 2))));
            assert!(!table.contains_key(&Symbol(count)));
            assert_eq!(table.keys().map(|name| name.0).collect::<Vec<u32>>(), (0..count).collect::<Vec<u32>>());
        }
    }

    #[test]
    fn names_behind_a_removed_one_are_found() {
        for count in [3, SHORT as u32 + 1, 100] {
            let mut table = table(count);
            assert_eq!(table.remove(&Symbol(1)), Some(2));
            assert_eq!(table.remove(&Symbol(1)), None);
            assert!((2..count).all(|number| table.get(&Symbol(number)) == Some(&(number * 2))));
            assert_eq!(table.insert(Symbol(1), 7), None);
            assert_eq!(table.keys().last(), Some(Symbol(1)));
        }
    }

    #[test]
    fn a_name_set_again_keeps_its_place() {
        let mut table = table(20);
        assert_eq!(table.insert(Symbol(3), 1), Some(6));
        assert_eq!(table.iter().nth(3), Some((Symbol(3), &1)));
        *table.get_mut(&Symbol(3)).unwrap() = 5;
        assert_eq!(table.values().copied().nth(3), Some(5));
    }
}
