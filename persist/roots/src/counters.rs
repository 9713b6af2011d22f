//! Shared counters: numbers of the repository that are changed at once, beside any transaction.

use crate::space::{Space, store_error};
use codec::RecordKind;
use store::{CommitSet, Content, Durability, Oid, Outcome, Session, StoreError, Write};
use vm::{RResult, Vm};

/// Counters are numbered from 1.
const COUNT: i64 = 128;
/// Id of counter 0, which is none.
const FIRST: u64 = 16;

/// Gives a counter the value that `change` makes of the one it has; the new value. Durable when it returns.
pub fn change(space: &Space, vm: &mut Vm, number: i64, change: impl Fn(i64) -> i64) -> RResult<i64> {
    if !(1..=COUNT).contains(&number) {
        return Err(vm.argument_error(&format!("counter {number}: there are counters 1 to {COUNT}")));
    }
    space.open(vm)?;
    let oid = Oid(FIRST + number as u64);
    loop {
        let session = space.with(|state| state.counters.take());
        let session = match session {
            Some(session) => Ok(session),
            None => match space.with(|state| state.backend.clone()) {
                Some(backend) => backend.session().map(|mut session| {
                    session.keeps_nothing();
                    session
                }),
                None => return Err(vm.runtime_error("no repository is open")),
            },
        };
        let attempt = session.and_then(|mut session| {
            let done = try_change(&mut *session, oid, &change);
            space.with(|state| state.counters = Some(session));
            done
        });
        match attempt {
            Ok(Some(value)) => return Ok(value),
            // Somebody else was faster, or holds the commit lock for long.
            Ok(None) | Err(StoreError::LockTimeout { .. }) => vm.poll_interrupts()?,
            Err(error) => return Err(store_error(vm, &error)),
        }
    }
}

fn try_change(session: &mut dyn Session, oid: Oid, change: &impl Fn(i64) -> i64) -> Result<Option<i64>, StoreError> {
    session.begin()?;
    let record = session.read(oid)?;
    let stored = record.as_ref().and_then(|record| record.body.as_slice().try_into().ok()).map_or(0, i64::from_le_bytes);
    let value = change(stored);
    if record.is_some() && value == stored {
        session.abort();
        return Ok(Some(value));
    }
    let content = Content { kind: RecordKind::Counter as u8, flags: 0, refs: Vec::new(), body: value.to_le_bytes().to_vec() };
    let write = Write { oid, base: record.map(|record| record.epoch), content: Some(content) };
    let set = CommitSet { writes: vec![write], ..CommitSet::default() };
    let outcome = session.commit(&set, Durability::Sync)?;
    // No snapshot is kept: it would pin what others replace.
    session.abort();
    Ok(matches!(outcome, Outcome::Done { .. }).then_some(value))
}
