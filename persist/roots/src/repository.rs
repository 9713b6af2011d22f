//! The repository as a whole: its copies, and the instances of classes in it.

use crate::space::{REGISTRY, ROOT, Space, store_error};
use codec::{BodyReader, Field, RecordKind};
use objects::RArray;
use std::path::Path;
use stdx::FastSet;
use store::{Loaded, OpenOptions, Repository};
use value::Value;
use vm::{RClass, RResult, Vm};

/// Objects that are looked at between two looks at interrupts.
const BATCH: usize = 4096;

/// Copies the newest version to a folder that is not there yet.
pub fn backup(space: &Space, vm: &mut Vm, path: &Path) -> RResult<()> {
    space.open(vm)?;
    let options = OpenOptions { create: false, ..OpenOptions::default() };
    let result = Repository::open(space.path(), options).and_then(|repository| repository.backup_to(path, &mut |_| ()));
    match result {
        Ok(report) if report.missing.is_empty() => Ok(()),
        Ok(report) => {
            let class = vm.class_at("Maglev::StoreError");
            Err(vm.raise(class, &format!("{} objects that others refer to are missing; the copy lacks them too", report.missing.len())))
        }
        Err(error) => Err(store_error(vm, &error)),
    }
}

/// The direct instances of classes among all objects that can be reached, as an Array of Arrays.
pub fn instances(space: &Space, vm: &mut Vm, classes: RArray) -> RResult {
    let lists = vm.new_array();
    for _ in 0..classes.len() {
        let list = vm.new_array();
        vm.push(lists, list.value())?;
    }
    let mut seen: FastSet<u64> = FastSet::default();
    let mut pending = vec![ROOT, REGISTRY];
    seen.extend(pending.iter().map(|oid| oid.0));
    while !pending.is_empty() {
        let wanted = pending.split_off(pending.len().saturating_sub(BATCH));
        let mut found = Vec::new();
        space.session(vm, |session| {
            session.load(&wanted, &mut |loaded| {
                if let Loaded::Found(view) = loaded {
                    pending.extend(view.refs().filter(|oid| seen.insert(oid.0)));
                    found.push(view.to_record());
                }
            })
        })?;
        for record in found {
            let has_class = !matches!(
                RecordKind::from_number(record.kind),
                Some(RecordKind::Class | RecordKind::Registry | RecordKind::Variables | RecordKind::Counter | RecordKind::Part) | None
            );
            let class = BodyReader::new(&record.refs, &record.body).field().ok().filter(|_| has_class);
            let Some(index) = class.and_then(|field| position(space, vm, classes, &field)) else { continue };
            let object = crate::decode::object(space, vm, record.oid)?;
            if let Some(list) = lists.get(index).and_then(RArray::new) {
                vm.push(list, object)?;
            }
        }
        vm.poll_interrupts()?;
    }
    Ok(lists.value())
}

/// Which of the classes a record names as its own.
fn position(space: &Space, vm: &mut Vm, classes: RArray, field: &Field) -> Option<usize> {
    let stands_for = |vm: &mut Vm, value: Value| match (field, RClass::new(value)) {
        (Field::Ref(oid), Some(_)) => space.entry(value).is_some_and(|entry| entry.oid == *oid),
        (Field::FrozenString(_, name), Some(class)) => {
            let text = String::from_utf8_lossy(name);
            text.rsplit(' ').next() == Some(vm.class_name_text(class).as_str())
        }
        _ => false,
    };
    (0..classes.len()).find(|&index| classes.get(index).is_some_and(|value| stands_for(vm, value)))
}
