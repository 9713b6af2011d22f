//! Binding arguments to the parameters of Ruby code.
//!
//! The arguments are copied out first: in the interpreter they stand where the parameters go.
//! Source of the rules: CRuby `vm_args.c` (`setup_parameters_complex`) and ruby/spec language/{method,proc,lambda,block}.

use crate::arguments::{ArgumentList, PassedKeywords};
use crate::send::clear_registers;
use crate::vm::Vm;
use abi::frame::Registers;
use bytecode::{KeywordRest, Params};
use heap::RootedValues;
use objects::{CodeRef, RArray, RHash};
use value::{RResult, Raised, Symbol, Value};

/// Whose rules apply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BindMode {
    /// Methods and lambdas: the count must fit.
    Strict,
    /// Lambdas called with elements of an Array: the same, but the error leaves out the Hash made of keywords where the
    /// parameters are required ones only.
    SplatLambda,
    /// Procs and blocks: arguments are dropped, filled up, and one Array is spread.
    Proc,
}

/// Arguments in the making.
struct Binding<'a> {
    list: ArgumentList,
    keywords: PassedKeywords<'a>,
}

impl Vm {
    /// Fills the parameter registers of the frame at `fp` and sets its locals to nil.
    #[inline(never)]
    pub(crate) fn bind(&mut self, fp: Registers, code: CodeRef, args: &[Value], keywords: PassedKeywords<'_>, mode: BindMode) -> RResult<()> {
        let function = code.function.clone();
        let params = &function.params;
        let mut binding = Binding { list: ArgumentList::from_slice(&self.roots, args), keywords };
        // Where keywords were written, even if there are none in the end, an Array stays one argument.
        // Blocks that take nothing but required parameters do not know the difference.
        let may_spread = matches!(keywords, PassedKeywords::None) || keywords.is_empty() && is_plain(params);
        let positional = binding.list.len();
        self.settle_keywords(params, &mut binding)?;
        if mode == BindMode::Proc {
            if may_spread {
                self.spread_single_array(params, &mut binding)?;
            }
            self.fit_proc(params, &mut binding.list);
        } else {
            let said = if mode == BindMode::SplatLambda && is_plain(params) { positional } else { binding.list.len() };
            self.check_count(params, binding.list.len(), said)?;
        }
        // SAFETY: parameters and locals are registers of the frame.
        unsafe {
            clear_registers(fp, 0, code.locals_end as usize);
            let at = self.fill_positional(fp, params, &binding.list)?;
            self.fill_keywords(fp.add(at), code, params, binding.keywords)
        }
    }

    /// Keywords for code that takes none become a trailing Hash.
    fn settle_keywords(&mut self, params: &Params, binding: &mut Binding<'_>) -> RResult<()> {
        let takes = !params.keywords.is_empty() || params.keyword_rest.is_some();
        if binding.keywords.is_empty() {
            binding.keywords = PassedKeywords::None;
        } else if params.keyword_rest == KeywordRest::Refused {
            return Err(self.argument_error("no keywords accepted"));
        } else if !takes {
            let hash = binding.keywords.to_fresh_hash(self)?;
            binding.list.push(&self.roots, hash.value());
            binding.keywords = PassedKeywords::None;
        }
        Ok(())
    }

    /// One Array argument is spread over several parameters.
    fn spread_single_array(&mut self, params: &Params, binding: &mut Binding<'_>) -> RResult<()> {
        let plain = params.required + params.optional + params.post;
        let spreads = params.excess_comma || plain > 1 || (params.rest && params.required + params.post > 0);
        if binding.list.len() != 1 || !spreads {
            return Ok(());
        }
        let array = match RArray::new(binding.list[0]) {
            Some(array) => Some(array),
            None => self.try_to_ary(binding.list[0])?,
        };
        if let Some(array) = array {
            binding.list = ArgumentList::from_slice(&self.roots, array.as_slice(&self.heap));
        }
        Ok(())
    }

    /// Drops what is too much and fills up with nil.
    fn fit_proc(&self, params: &Params, list: &mut ArgumentList) {
        let required = (params.required + params.post) as usize;
        let maximum = required + params.optional as usize;
        if !params.rest && list.len() > maximum {
            list.truncate(maximum);
        }
        // Post parameters take what is left behind the leading ones.
        while list.len() < required {
            list.push(&self.roots, Value::NIL);
        }
    }

    /// Raises unless the parameters take `given` arguments, of which the message says that there are `said`.
    fn check_count(&mut self, params: &Params, given: usize, said: usize) -> RResult<()> {
        let required = (params.required + params.post) as usize;
        let maximum = (!params.rest).then_some(required + params.optional as usize);
        if given >= required && maximum.is_none_or(|maximum| given <= maximum) {
            return Ok(());
        }
        let missing: Vec<&[u8]> = params.keywords.iter().filter(|keyword| keyword.required).map(|keyword| keyword.name.as_slice()).collect();
        if missing.is_empty() {
            return Err(self.arity_error(said, required, maximum));
        }
        let expected = match maximum {
            Some(maximum) if maximum == required => format!("{required}"),
            Some(maximum) => format!("{required}..{maximum}"),
            None => format!("{required}+"),
        };
        let names: Vec<_> = missing.iter().map(|name| String::from_utf8_lossy(name)).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        Err(self.argument_error(&format!(
            "wrong number of arguments (given {said}, expected {expected}; required keyword{plural}: {})",
            names.join(", ")
        )))
    }

    /// Fills required, optional, rest and post parameters; returns the next register.
    ///
    /// # Safety
    /// The frame at `fp` has registers for all parameters, and the count was checked.
    unsafe fn fill_positional(&mut self, fp: Registers, params: &Params, list: &[Value]) -> RResult<usize> {
        let (required, post) = (params.required as usize, params.post as usize);
        let optional = (params.optional as usize).min(list.len().saturating_sub(required + post));
        let middle_end = list.len() - post;
        let mut at = 0;
        let mut put = |value| {
            // SAFETY: `at` counts parameters, for which the frame has registers.
            unsafe { fp.add(at).write(value) };
            at += 1;
        };
        list[..required].iter().for_each(|&value| put(value));
        list[required..required + optional].iter().for_each(|&value| put(value));
        (optional..params.optional as usize).for_each(|_| put(Value::UNDEF));
        if params.rest {
            put(self.array(&list[required + optional..middle_end]));
        }
        list[middle_end..].iter().for_each(|&value| put(value));
        Ok(at)
    }

    /// Fills keyword parameters and keyword rest from register `fp` on.
    ///
    /// # Safety
    /// The frame has registers for them.
    unsafe fn fill_keywords(&mut self, fp: Registers, code: CodeRef, params: &Params, keywords: PassedKeywords<'_>) -> RResult<()> {
        let count = params.keywords.len();
        if count == 0 && !params.keyword_rest.is_some() {
            return Ok(());
        }
        let mut missing = Vec::new();
        let mut used = 0;
        for (index, name) in code.keyword_names.iter().enumerate() {
            let value = self.keyword_value(&keywords, *name);
            used += usize::from(value.is_some());
            if value.is_none() && params.keywords[index].required {
                missing.push(*name);
            }
            // SAFETY: by the caller.
            unsafe { fp.add(index).write(value.unwrap_or(Value::UNDEF)) };
        }
        if !missing.is_empty() {
            return Err(self.missing_keywords(&missing));
        }
        if params.keyword_rest.is_some() {
            let none = params.keyword_rest == KeywordRest::Anonymous && self.keyword_count(&keywords) == used;
            let rest = if none { Value::NIL } else { self.rest_of_keywords(code, keywords)?.value() };
            // SAFETY: by the caller.
            unsafe { fp.add(count).write(rest) };
        } else if self.keyword_count(&keywords) > used {
            let unknown = self.unknown_of(code, keywords)?;
            return Err(self.unknown_keywords(&unknown));
        }
        Ok(())
    }

    fn keyword_value(&mut self, keywords: &PassedKeywords<'_>, name: Symbol) -> Option<Value> {
        match *keywords {
            PassedKeywords::None => None,
            PassedKeywords::Named(names, values) => names.iter().rposition(|&other| other == name).map(|index| values[index]),
            PassedKeywords::Hash { hash, .. } => self.hash_get_symbol(hash, name),
        }
    }

    fn keyword_count(&self, keywords: &PassedKeywords<'_>) -> usize {
        match keywords {
            PassedKeywords::None => 0,
            PassedKeywords::Named(names, _) => names.len(),
            PassedKeywords::Hash { hash, .. } => hash.len(),
        }
    }

    fn rest_of_keywords(&mut self, code: CodeRef, keywords: PassedKeywords<'_>) -> RResult<RHash> {
        let all = keywords.to_fresh_hash(self)?;
        if code.keyword_names.is_empty() {
            return Ok(all);
        }
        let rest = self.new_hash();
        for position in 0..all.table(&self.heap).positions() {
            let Some(entry) = all.table(&self.heap).entry(position) else { continue };
            if !entry.key.as_symbol().is_some_and(|name| code.keyword_names.contains(&name)) {
                self.hash_set(rest, entry.key, entry.value)?;
            }
        }
        Ok(rest)
    }

    fn unknown_of(&mut self, code: CodeRef, keywords: PassedKeywords<'_>) -> RResult<RootedValues> {
        let rest = self.rest_of_keywords(code, keywords)?;
        Ok(self.roots.root(rest.table(&self.heap).iter().map(|entry| entry.key).collect()))
    }

    #[cold]
    fn missing_keywords(&mut self, names: &[Symbol]) -> Raised {
        let plural = if names.len() == 1 { "" } else { "s" };
        let list: Vec<String> = names.iter().map(|&name| format!(":{}", self.symbols.text(name))).collect();
        self.argument_error(&format!("missing keyword{plural}: {}", list.join(", ")))
    }
}

/// Only required parameters?
fn is_plain(params: &Params) -> bool {
    params.optional == 0
        && !params.rest
        && params.post == 0
        && params.keywords.is_empty()
        && params.keyword_rest == KeywordRest::None
        && !params.block
}
