//! The passes in order. The builder speculates, narrows types, forwards loads and unboxes while it
//! builds; the passes remove what that left behind. Common subexpressions of pure machine operations
//! are Cranelift's business.

use crate::dce;
use ir::Unit;

/// A pass.
type Pass = (&'static str, fn(&mut Unit));

/// All passes in order.
const PASSES: &[Pass] = &[("dce", dce::run)];

/// Runs all passes.
pub fn optimize(mut unit: Unit) -> Unit {
    for (_, pass) in PASSES {
        pass(&mut unit);
    }
    unit
}
