//! Fairness: a session that lost several commits in a row takes the turn, and the others let it go first.
//!
//! Optimistic commits let the quickest win; on one object that everybody writes, a slow session could lose for ever. The turn is a
//! word of `coord`: who has it and until when. Its holder begins a snapshot that nothing is ahead of and commits before the others.
//!
//! Invariant: the turn is a courtesy. Nothing is wrong when somebody does not wait for it, and it lapses after [`TERM`], so that
//! a holder that computes, sleeps, was stopped or killed holds up nobody for good.

use crate::coord::Word;
use crate::error::Result;
use crate::session::StoreSession;
use crate::sync;
use crate::sys;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Commits lost in a row after which a session asks for the turn.
const LOSSES: u32 = 3;
/// How long the turn is good for.
const TERM: Duration = Duration::from_millis(100);
/// Longest wait to get it.
const QUEUE: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK: Duration = Duration::from_micros(100);
/// Bits of the word that name the slot; those above are microseconds of the monotonic clock.
const SLOT_BITS: u32 = 12;

fn is_lapsed(turn: u64) -> bool {
    turn >> SLOT_BITS < sys::monotonic_micros()
}

impl StoreSession {
    /// A commit was lost.
    pub(crate) fn note_loss(&mut self) {
        self.losses = self.losses.saturating_add(1);
    }

    /// Before a snapshot: a session that lost often enough waits until it has the turn.
    pub(crate) fn take_turn(&mut self) -> Result<()> {
        if self.losses < LOSSES {
            return Ok(());
        }
        let word = self.store.coord.word(Word::Turn);
        let start = Instant::now();
        while start.elapsed() < QUEUE {
            let seen = word.load(Ordering::SeqCst);
            let mine = sys::monotonic_micros() + TERM.as_micros() as u64;
            let mine = mine << SLOT_BITS | self.slot as u64;
            let is_free = seen == 0 || seen == self.turn || is_lapsed(seen);
            if is_free && word.compare_exchange(seen, mine, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                self.turn = mine;
                // What others ordered before is in the snapshot that follows.
                return sync::sync_all(&self.store, &*self.lock).map(drop);
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Before a commit: lets the session that has the turn go first.
    pub(crate) fn let_turn_pass(&self) {
        let word = self.store.coord.word(Word::Turn);
        let start = Instant::now();
        while start.elapsed() < TERM {
            let seen = word.load(Ordering::SeqCst);
            if seen == 0 || seen == self.turn || is_lapsed(seen) {
                return;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// A commit succeeded, or the session ends.
    pub(crate) fn give_turn(&mut self) {
        self.losses = 0;
        let mine = std::mem::take(&mut self.turn);
        if mine != 0 {
            let word = self.store.coord.word(Word::Turn);
            // Somebody else has it when it lapsed.
            let _ = word.compare_exchange(mine, 0, Ordering::SeqCst, Ordering::SeqCst);
        }
    }
}
