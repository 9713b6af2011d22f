//! The native part of the library `coverage`: what was counted, as Arrays from which its Ruby part (`stdlib/libraries/ruby/coverage.rb`)
//! makes results.
//!
//! Source: CRuby `ext/coverage` (behaviour).
#![forbid(unsafe_code)]

use compile::coverage::{Span, Wanted};
use macros::ruby_methods;
use vm::{RResult, Value, Vm};

/// Defines what the Ruby part asks.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let object = vm.core.object;
    vm.define_module_under(object, "Coverage");
    vm.define_groups(&[Functions::GROUP]);
    Ok(())
}

/// Functions of Coverage.
pub struct Functions;

#[ruby_methods("Coverage")]
impl Functions {
    /// Files that are loaded from now on are measured.
    #[singleton("begin_measurement", private)]
    fn begin(vm: &mut Vm, _this: Value, lines: bool, branches: bool, methods: bool, covers_text: bool) {
        vm.coverage.set_up(Wanted { lines, branches, methods, first: 0 }, covers_text);
    }

    /// Counts, or counts no more.
    #[singleton("count", private)]
    fn count(vm: &mut Vm, _this: Value, is_running: bool) {
        vm.coverage.is_running = is_running;
    }

    #[singleton("clear", private)]
    fn clear(vm: &mut Vm, _this: Value) {
        vm.coverage.clear();
    }

    #[singleton("end_measurement", private)]
    fn end(vm: &mut Vm, _this: Value) {
        vm.coverage.end();
    }

    /// The measured files.
    #[singleton("files", private)]
    fn files(vm: &mut Vm, _this: Value) -> RResult {
        let paths: Vec<String> = vm.coverage.files().iter().map(|file| file.path.clone()).collect();
        let list = vm.new_array();
        for path in paths {
            let path = vm.str(&path);
            vm.push(list, path)?;
        }
        Ok(list.value())
    }

    /// The counts of the lines of a file; nil for those on which nothing begins.
    #[singleton("lines", private)]
    fn lines(vm: &mut Vm, _this: Value, index: Value) -> RResult {
        let index = vm.to_i64(index)? as usize;
        let Some(file) = vm.coverage.files().get(index) else { return Ok(Value::NIL) };
        let mut counts = vec![None; file.lines];
        for &(line, probe) in &file.probes.lines {
            if let Some(count) = counts.get_mut((line as usize).wrapping_sub(1)) {
                *count = Some(count.unwrap_or(0) + vm.coverage.count(probe));
            }
        }
        let list = vm.new_array();
        for count in counts {
            let count = count.map_or(Value::NIL, |count| Value::small(count as i64));
            vm.push(list, count)?;
        }
        Ok(list.value())
    }

    /// The lines of a file in the order in which they were run first.
    #[singleton("first_lines", private)]
    fn first_lines(vm: &mut Vm, _this: Value, index: Value) -> RResult {
        let index = vm.to_i64(index)? as usize;
        let Some(file) = vm.coverage.files().get(index) else { return Ok(Value::NIL) };
        let line_of = |probe: &u32| file.probes.lines.binary_search_by_key(probe, |&(_, probe)| probe).ok().map(|at| file.probes.lines[at].0);
        let lines: Vec<i32> = vm.coverage.first_passes().iter().filter_map(line_of).collect();
        let list = vm.new_array();
        for line in lines {
            vm.push(list, Value::small(i64::from(line)))?;
        }
        Ok(list.value())
    }

    /// Branches of a file: kind, span, and kind, span and count of each way.
    #[singleton("branches", private)]
    fn branches(vm: &mut Vm, _this: Value, index: Value) -> RResult {
        let index = vm.to_i64(index)? as usize;
        let Some(file) = vm.coverage.files().get(index) else { return Ok(Value::NIL) };
        let branches = file.probes.branches.clone();
        let list = vm.new_array();
        for branch in branches {
            let arms = vm.new_array();
            for arm in branch.arms {
                let count = vm.coverage.count(arm.probe);
                let arm = entry(vm, arm.kind, arm.span, Value::small(count as i64));
                vm.push(arms, arm)?;
            }
            let branch = entry(vm, branch.kind, branch.span, arms.value());
            vm.push(list, branch)?;
        }
        Ok(list.value())
    }

    /// Methods of a file: name, span and count.
    #[singleton("methods_of", private)]
    fn methods_of(vm: &mut Vm, _this: Value, index: Value) -> RResult {
        let index = vm.to_i64(index)? as usize;
        let Some(file) = vm.coverage.files().get(index) else { return Ok(Value::NIL) };
        let methods = file.probes.methods.clone();
        let list = vm.new_array();
        for (name, span, probe) in methods {
            let count = vm.coverage.count(probe);
            let method = entry(vm, &String::from_utf8_lossy(&name), span, Value::small(count as i64));
            vm.push(list, method)?;
        }
        Ok(list.value())
    }
}

fn entry(vm: &mut Vm, kind: &str, Span(span): Span, last: Value) -> Value {
    let kind = vm.symbol(kind);
    let [line, column, end_line, end_column] = span.map(Value::small);
    vm.array(&[kind, line, column, end_line, end_column, last])
}
