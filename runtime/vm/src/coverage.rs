//! What the library coverage counts: probes that the compiler puts into files while it is set up.
//!
//! Invariant: numbers of probes are not used again, so that code of an earlier measurement counts where nobody looks.

use compile::coverage::{Probes, Wanted};

/// A file that is measured.
pub struct CoveredFile {
    /// Its path.
    pub path: String,
    /// How many lines it has.
    pub lines: usize,
    /// What its probes stand for.
    pub probes: Box<Probes>,
}

/// The state of a measurement.
#[derive(Default)]
pub struct Coverage {
    /// What files that are loaded from now on are probed for.
    wanted: Option<Wanted>,
    /// Is text given to `eval` measured, too?
    covers_text: bool,
    /// Does it count?
    pub is_running: bool,
    /// How often each probe was passed.
    counts: Vec<u64>,
    /// Probes in the order in which they were passed first.
    first_passes: Vec<u32>,
    /// The files of this measurement.
    files: Vec<CoveredFile>,
}

impl Coverage {
    /// Counts a probe.
    #[inline]
    pub fn pass(&mut self, probe: usize) {
        if let Some(count) = self.counts.get_mut(probe).filter(|_| self.is_running) {
            if *count == 0 {
                self.first_passes.push(probe as u32);
            }
            *count += 1;
        }
    }

    /// From now on files are probed.
    pub fn set_up(&mut self, wanted: Wanted, covers_text: bool) {
        self.wanted = Some(wanted);
        self.covers_text = covers_text;
    }

    /// What the next file is probed for.
    pub fn wanted(&self) -> Option<Wanted> {
        self.wanted.map(|wanted| Wanted { first: self.counts.len() as u32, ..wanted })
    }

    /// What the next text given to `eval` is probed for.
    pub fn wanted_of_text(&self) -> Option<Wanted> {
        self.wanted().filter(|_| self.covers_text)
    }

    /// Is a source of this path measured? Text that says it is part of one does not take its place.
    pub fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// A source was compiled that begins with this line.
    pub fn enter(&mut self, path: &str, source: &[u8], line: i32, probes: Box<Probes>) {
        let above = usize::try_from(line - 1).unwrap_or(0);
        let lines = above + source.split_inclusive(|&byte| byte == b'\n').count();
        self.counts.resize(self.counts.len().max(probes.next as usize), 0);
        self.files.retain(|file| file.path != path);
        self.files.push(CoveredFile { path: path.to_string(), lines, probes });
    }

    /// The files that were probed.
    pub fn files(&self) -> &[CoveredFile] {
        &self.files
    }

    /// How often a probe was passed.
    pub fn count(&self, probe: u32) -> u64 {
        self.counts.get(probe as usize).copied().unwrap_or(0)
    }

    /// Probes in the order in which they were passed first.
    pub fn first_passes(&self) -> &[u32] {
        &self.first_passes
    }

    /// Counts from zero again.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.first_passes.clear();
    }

    /// The measurement is over.
    pub fn end(&mut self) {
        self.clear();
        self.files.clear();
        self.wanted = None;
        self.covers_text = false;
        self.is_running = false;
    }
}
