//! The classes that the VM itself must know, made at start in one table.

use crate::vm::Vm;
use value::Value;

macro_rules! core_classes {
    ($($field:ident = $kind:ident $name:literal $(< $superclass:ident)?;)*) => {
        /// Values of the well-known classes and modules.
        #[derive(Clone, Copy)]
        pub struct Core { $( #[doc = $name] pub $field: Value ),* }

        impl Core {
            /// Before anything is made.
            pub(crate) const EMPTY: Core = Core { $($field: Value::NIL),* };
        }

        /// Makes every class of the table behind the first four, in order.
        pub(crate) fn define_rest(vm: &mut Vm) {
            $( if vm.core.$field.is_nil() {
                let class = core_classes!(@make vm, $kind, $name $(, $superclass)?);
                vm.core.$field = class;
            } )*
        }
    };
    (@make $vm:ident, class, $name:literal, $superclass:ident) => {{ let above = $vm.core.$superclass; $vm.define_core_class($name, above) }};
    (@make $vm:ident, class, $name:literal) => {{ let above = $vm.core.object; $vm.define_core_class($name, above) }};
    (@make $vm:ident, module, $name:literal) => { $vm.define_core_module($name) };
}

core_classes! {
    basic_object = class "BasicObject"; object = class "Object" < basic_object; module = class "Module"; class = class "Class" < module;
    kernel = module "Kernel"; comparable = module "Comparable"; enumerable = module "Enumerable"; maglev = module "Maglev";
    nil = class "NilClass"; true_ = class "TrueClass"; false_ = class "FalseClass";
    numeric = class "Numeric"; integer = class "Integer" < numeric; float = class "Float" < numeric; rational = class "Rational" < numeric; complex = class "Complex" < numeric;
    string = class "String"; symbol = class "Symbol"; array = class "Array"; hash = class "Hash"; range = class "Range"; proc_ = class "Proc";
    method = class "Method"; unbound_method = class "UnboundMethod"; binding = class "Binding"; regexp = class "Regexp"; match_data = class "MatchData";
    struct_ = class "Struct"; enumerator = class "Enumerator"; io = class "IO"; file = class "File" < io; dir = class "Dir"; time = class "Time"; random = class "Random";
    encoding = class "Encoding"; thread = class "Thread"; fiber = class "Fiber"; set = class "Set"; data = class "Data"; refinement = class "Refinement" < module;
    process = module "Process"; math = module "Math"; gc = module "GC"; object_space = module "ObjectSpace"; signal = module "Signal"; marshal = module "Marshal"; warning = module "Warning"; errno = module "Errno"; file_test = module "FileTest";
    exception = class "Exception"; no_memory_error = class "NoMemoryError" < exception; script_error = class "ScriptError" < exception;
    load_error = class "LoadError" < script_error; not_implemented_error = class "NotImplementedError" < script_error; syntax_error = class "SyntaxError" < script_error;
    security_error = class "SecurityError" < exception; signal_exception = class "SignalException" < exception; interrupt = class "Interrupt" < signal_exception; system_exit = class "SystemExit" < exception;
    system_stack_error = class "SystemStackError" < exception; standard_error = class "StandardError" < exception; argument_error = class "ArgumentError" < standard_error;
    uncaught_throw_error = class "UncaughtThrowError" < argument_error; encoding_error = class "EncodingError" < standard_error; fiber_error = class "FiberError" < standard_error; io_error = class "IOError" < standard_error;
    eof_error = class "EOFError" < io_error; index_error = class "IndexError" < standard_error; key_error = class "KeyError" < index_error; stop_iteration = class "StopIteration" < index_error;
    closed_queue_error = class "ClosedQueueError" < stop_iteration; local_jump_error = class "LocalJumpError" < standard_error; name_error = class "NameError" < standard_error; no_method_error = class "NoMethodError" < name_error;
    range_error = class "RangeError" < standard_error; float_domain_error = class "FloatDomainError" < range_error; regexp_error = class "RegexpError" < standard_error; runtime_error = class "RuntimeError" < standard_error;
    frozen_error = class "FrozenError" < runtime_error; system_call_error = class "SystemCallError" < standard_error; thread_error = class "ThreadError" < standard_error; type_error = class "TypeError" < standard_error;
    zero_division_error = class "ZeroDivisionError" < standard_error; no_matching_pattern_error = class "NoMatchingPatternError" < standard_error; no_matching_pattern_key_error = class "NoMatchingPatternKeyError" < no_matching_pattern_error;
}
