//! What `arity` and `parameters` say of the core's own methods.
//!
//! Most are functions in C in CRuby: one with optional arguments shows nothing but a rest, the others unnamed arguments. Some are
//! written in Ruby there and show their names; which ones, and how, is listed here. In which language a method is written in
//! this VM does not matter.

use objects::{MethodRef, NativeMethod};
use vm::{RArray, RResult, Value, Vm};

/// Methods that CRuby writes in Ruby: `name=` may be left out, `*name` is the rest, `name:` a keyword, `**name` their rest and
/// `&name` the block.
const NAMED: &[(&str, &str)] = &[
    ("Array#fetch_values", "*indexes &block"),
    ("Array#first", "n="),
    ("Array#last", "n="),
    ("Array#pack", "fmt buffer:"),
    ("Array#sample", "n= random:"),
    ("Array#shuffle!", "random:"),
    ("Array#shuffle", "random:"),
    ("Dir#initialize", "name encoding:"),
    ("Dir.[]", "*args base: sort:"),
    ("Dir.glob", "pattern _flags= flags: base: sort:"),
    ("Dir.open", "name encoding: &block"),
    ("Enumerable#to_set", "*args &block"),
    ("GC#garbage_collect", "full_mark: immediate_mark: immediate_sweep:"),
    ("GC.config", "hash="),
    ("GC.latest_gc_info", "hash_or_key="),
    ("GC.measure_total_time=", "flag"),
    ("GC.start", "full_mark: immediate_mark: immediate_sweep:"),
    ("GC.stat", "hash_or_key="),
    ("GC.stat_heap", "heap_name= hash_or_key="),
    ("GC.stress=", "flag"),
    ("Hash#initialize", "ifnone= capacity: &block"),
    ("IO#read_nonblock", "len buf= exception:"),
    ("IO#readline", "sep= limit= chomp:"),
    ("IO#write_nonblock", "buf exception:"),
    ("Integer#ceildiv", "other"),
    ("Kernel#Float", "arg exception:"),
    ("Kernel#Integer", "arg base= exception:"),
    ("Kernel#Pathname", "path"),
    ("Kernel#clone", "freeze:"),
    ("Kernel#pp", "*objs"),
    ("Kernel#warn", "*msgs uplevel: category:"),
    ("Kernel.Float", "arg exception:"),
    ("Kernel.Integer", "arg base= exception:"),
    ("Kernel.Pathname", "path"),
    ("Kernel.warn", "*msgs uplevel: category:"),
    ("Marshal.load", "source proc= freeze:"),
    ("Marshal.restore", "source proc= freeze:"),
    ("NilClass#rationalize", "eps="),
    ("ObjectSpace#garbage_collect", "full_mark: immediate_mark: immediate_sweep:"),
    ("ObjectSpace.garbage_collect", "full_mark: immediate_mark: immediate_sweep:"),
    ("Pathname#+", "other"),
    ("Pathname#/", "other"),
    ("Pathname#==", "other"),
    ("Pathname#===", "other"),
    ("Pathname#basename", "* ** &"),
    ("Pathname#binread", "* ** &"),
    ("Pathname#binwrite", "* ** &"),
    ("Pathname#children", "with_directory="),
    ("Pathname#chmod", "mode"),
    ("Pathname#chown", "owner group"),
    ("Pathname#cleanpath", "consider_symlink="),
    ("Pathname#each_child", "with_directory= &b"),
    ("Pathname#each_entry", "&block"),
    ("Pathname#each_line", "* ** &"),
    ("Pathname#eql?", "other"),
    ("Pathname#expand_path", "* ** &"),
    ("Pathname#fnmatch", "pattern * ** &"),
    ("Pathname#fnmatch?", "pattern * ** &"),
    ("Pathname#glob", "*args **kwargs"),
    ("Pathname#initialize", "path"),
    ("Pathname#join", "*args"),
    ("Pathname#lchmod", "mode"),
    ("Pathname#lchown", "owner group"),
    ("Pathname#lutime", "atime mtime"),
    ("Pathname#make_link", "old"),
    ("Pathname#make_symlink", "old"),
    ("Pathname#mkdir", "* ** &"),
    ("Pathname#mkpath", "mode:"),
    ("Pathname#open", "* ** &"),
    ("Pathname#opendir", "&block"),
    ("Pathname#read", "* ** &"),
    ("Pathname#readlines", "* ** &"),
    ("Pathname#realdirpath", "* ** &"),
    ("Pathname#realpath", "* ** &"),
    ("Pathname#relative_path_from", "base_directory"),
    ("Pathname#rename", "to"),
    ("Pathname#sub_ext", "repl"),
    ("Pathname#sysopen", "* ** &"),
    ("Pathname#truncate", "length"),
    ("Pathname#utime", "atime mtime"),
    ("Pathname#write", "* ** &"),
    ("Pathname.glob", "*args **kwargs"),
    ("Ractor#<<", "* ** &"),
    ("Ractor#[]", "sym"),
    ("Ractor#[]=", "sym val"),
    ("Ractor#monitor", "port"),
    ("Ractor#send", "* ** &"),
    ("Ractor#unmonitor", "port"),
    ("Ractor.[]", "sym"),
    ("Ractor.[]=", "sym val"),
    ("Ractor._require", "feature"),
    ("Ractor.make_shareable", "obj copy:"),
    ("Ractor.new", "*args name: &block"),
    ("Ractor.select", "*ports"),
    ("Ractor.shareable?", "obj"),
    ("Ractor.shareable_lambda", "self:"),
    ("Ractor.shareable_proc", "self:"),
    ("Ractor.store_if_absent", "sym"),
    ("Ractor::Port#<<", "obj move:"),
    ("Ractor::Port#send", "obj move:"),
    ("String#unpack", "fmt offset:"),
    ("String#unpack1", "fmt offset:"),
    ("Thread::ConditionVariable#wait", "mutex timeout="),
    ("Thread::Mutex#sleep", "timeout="),
    ("Thread::Queue#deq", "non_block= timeout:"),
    ("Thread::Queue#pop", "non_block= timeout:"),
    ("Thread::Queue#shift", "non_block= timeout:"),
    ("Thread::SizedQueue#<<", "object non_block= timeout:"),
    ("Thread::SizedQueue#deq", "non_block= timeout:"),
    ("Thread::SizedQueue#enq", "object non_block= timeout:"),
    ("Thread::SizedQueue#pop", "non_block= timeout:"),
    ("Thread::SizedQueue#push", "object non_block= timeout:"),
    ("Thread::SizedQueue#shift", "non_block= timeout:"),
    ("Time#initialize", "year= mon= mday= hour= min= sec= zone= in: precision:"),
    ("Time.at", "time subsec= unit= in:"),
    ("Time.now", "in:"),
    ("TracePoint#enable", "target: target_line: target_thread:"),
    ("TracePoint.new", "*events"),
    ("TracePoint.trace", "*events"),
];

/// The parameters of one of the core's methods.
pub enum Signature {
    /// Arguments without names.
    Required(usize),
    /// Any arguments.
    Rest,
    /// As `NAMED` writes them.
    Named(&'static str),
}

impl Signature {
    /// Of a native.
    pub fn of_native(vm: &mut Vm, method: MethodRef, native: &NativeMethod) -> Signature {
        let required = usize::from(native.required);
        let is_fixed = native.maximum == Some(native.required) && !native.takes_keywords;
        Signature::named(vm, method).unwrap_or(if is_fixed { Signature::Required(required) } else { Signature::Rest })
    }

    /// Of a method of the prelude.
    pub fn of_prelude(vm: &mut Vm, method: MethodRef, params: &bytecode::Params) -> Signature {
        let takes_keywords = !params.keywords.is_empty() || params.keyword_rest.is_some();
        let is_fixed = params.optional == 0 && !params.rest && !takes_keywords;
        let required = (params.required + params.post) as usize;
        Signature::named(vm, method).unwrap_or(if is_fixed { Signature::Required(required) } else { Signature::Rest })
    }

    fn named(vm: &mut Vm, method: MethodRef) -> Option<Signature> {
        let label = vm.method_label(method);
        NAMED.iter().find(|row| row.0 == label).map(|row| Signature::Named(row.1))
    }

    /// As `arity` says it.
    pub fn arity(&self) -> i64 {
        let text = match *self {
            Signature::Required(count) => return count as i64,
            Signature::Rest => return -1,
            Signature::Named(text) => text,
        };
        let sorts: Vec<_> = text.split(' ').map(|word| sort_of(word).0).collect();
        let required = sorts.iter().filter(|&&sort| sort == "req").count() as i64;
        if sorts.iter().all(|sort| matches!(*sort, "req" | "block")) { required } else { -required - 1 }
    }

    /// As `parameters` lists them.
    pub fn parameters(&self, vm: &mut Vm) -> RResult<RArray> {
        let list = vm.new_array();
        let pairs: Vec<_> = match *self {
            Signature::Required(count) => vec![("req", ""); count],
            Signature::Rest => vec![("rest", "")],
            Signature::Named(text) => text.split(' ').map(sort_of).collect(),
        };
        for (sort, name) in pairs {
            let sort = vm.symbol(sort);
            let pair = if name.is_empty() { vm.array(&[sort]) } else { named_pair(vm, sort, name) };
            vm.push(list, pair)?;
        }
        Ok(list)
    }
}

fn named_pair(vm: &mut Vm, sort: Value, name: &str) -> Value {
    let name = vm.symbol(name);
    vm.array(&[sort, name])
}

/// Sort and name of a parameter as `NAMED` writes it.
fn sort_of(word: &str) -> (&'static str, &str) {
    if matches!(word, "*" | "**" | "&") {
        return (
            if word == "*" {
                "rest"
            } else if word == "**" {
                "keyrest"
            } else {
                "block"
            },
            word,
        );
    }
    let sorts = [("**", "keyrest"), ("*", "rest"), ("&", "block")];
    if let Some((name, sort)) = sorts.iter().find_map(|(mark, sort)| Some((word.strip_prefix(mark)?, *sort))) {
        return (sort, name);
    }
    match (word.strip_suffix('='), word.strip_suffix(':')) {
        (Some(name), _) => ("opt", name),
        (_, Some(name)) => ("key", name),
        _ => ("req", word),
    }
}
