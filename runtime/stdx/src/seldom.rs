//! Collections that are empty nearly always.

use std::ops::{Deref, DerefMut};

/// A value whose empty form can be referred to without making one.
pub trait Empty: Default + 'static {
    /// The empty one.
    const EMPTY: &'static Self;
}

impl<T: 'static> Empty for Vec<T> {
    const EMPTY: &'static Self = &Vec::new();
}

/// A collection that takes one word as long as nobody has changed it.
#[derive(Clone)]
pub struct Seldom<T>(Option<Box<T>>);

impl<T> Default for Seldom<T> {
    fn default() -> Self {
        Seldom(None)
    }
}

impl<T: Empty> Deref for Seldom<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

impl<T: Empty> DerefMut for Seldom<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<'a, T: Empty> IntoIterator for &'a Seldom<T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;
    fn into_iter(self) -> Self::IntoIter {
        (**self).into_iter()
    }
}

impl<T: 'static> From<Vec<T>> for Seldom<Vec<T>> {
    fn from(list: Vec<T>) -> Self {
        Seldom((!list.is_empty()).then(|| Box::new(list)))
    }
}

#[cfg(test)]
mod tests {
    use super::Seldom;

    #[test]
    fn reading_makes_nothing_and_changes_stay() {
        let mut list: Seldom<Vec<u32>> = Seldom::default();
        assert!(list.is_empty() && list.0.is_none());
        list.push(3);
        assert_eq!((&list).into_iter().copied().collect::<Vec<u32>>(), [3]);
        assert!(Seldom::from(Vec::<u32>::new()).0.is_none());
    }
}
