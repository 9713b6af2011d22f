//! Exception and its subclasses.

use macros::ruby_methods;
use vm::signal_names::SIGNALS;
use vm::{ArgumentList, Keywords, RArray, RClass, RHash, RResult, RString, Raised, Symbol, Value, Vm, sym};

/// Classes and allocators of this file.
pub fn init(vm: &mut Vm) {
    let thread = vm.core.thread;
    let object = vm.core.object;
    let backtrace = vm.define_class_under(thread, "Backtrace", object);
    let location = vm.define_class_under(backtrace, "Location", object);
    vm.undefine_allocator(location);
    vm.define_groups(&[crate::kernel::LocationMethods::GROUP]);
    let encoding = vm.core.encoding;
    let encoding_error = vm.core.encoding_error;
    for name in ["CompatibilityError", "UndefinedConversionError", "InvalidByteSequenceError", "ConverterNotFoundError"] {
        vm.define_class_under(encoding, name, encoding_error);
    }
    let (regexp, regexp_error) = (vm.core.regexp, vm.core.regexp_error);
    vm.define_class_under(regexp, "TimeoutError", regexp_error);
    let (math, argument_error) = (vm.core.math, vm.core.argument_error);
    vm.define_class_under(math, "DomainError", argument_error);
    init_errno(vm);
}

/// Errno classes with number and text, as Linux has them.
const ERRNOS: &[(&str, i64, &str)] = &[
    ("EPERM", 1, "Operation not permitted"),
    ("ENOENT", 2, "No such file or directory"),
    ("ESRCH", 3, "No such process"),
    ("EINTR", 4, "Interrupted system call"),
    ("EIO", 5, "Input/output error"),
    ("ENXIO", 6, "No such device or address"),
    ("E2BIG", 7, "Argument list too long"),
    ("ENOEXEC", 8, "Exec format error"),
    ("EBADF", 9, "Bad file descriptor"),
    ("ECHILD", 10, "No child processes"),
    ("EAGAIN", 11, "Resource temporarily unavailable"),
    ("ENOMEM", 12, "Cannot allocate memory"),
    ("EACCES", 13, "Permission denied"),
    ("EFAULT", 14, "Bad address"),
    ("EBUSY", 16, "Device or resource busy"),
    ("EEXIST", 17, "File exists"),
    ("EXDEV", 18, "Invalid cross-device link"),
    ("ENODEV", 19, "No such device"),
    ("ENOTDIR", 20, "Not a directory"),
    ("EISDIR", 21, "Is a directory"),
    ("EINVAL", 22, "Invalid argument"),
    ("ENFILE", 23, "Too many open files in system"),
    ("EMFILE", 24, "Too many open files"),
    ("ENOTTY", 25, "Inappropriate ioctl for device"),
    ("EFBIG", 27, "File too large"),
    ("ENOSPC", 28, "No space left on device"),
    ("ESPIPE", 29, "Illegal seek"),
    ("EROFS", 30, "Read-only file system"),
    ("EMLINK", 31, "Too many links"),
    ("EPIPE", 32, "Broken pipe"),
    ("EDOM", 33, "Numerical argument out of domain"),
    ("ERANGE", 34, "Numerical result out of range"),
    ("EDEADLK", 35, "Resource deadlock avoided"),
    ("ENAMETOOLONG", 36, "File name too long"),
    ("ENOSYS", 38, "Function not implemented"),
    ("ENOTEMPTY", 39, "Directory not empty"),
    ("ELOOP", 40, "Too many levels of symbolic links"),
    ("EPROTO", 71, "Protocol error"),
    ("EOVERFLOW", 75, "Value too large for defined data type"),
    ("EILSEQ", 84, "Invalid or incomplete multibyte or wide character"),
    ("ENOTSOCK", 88, "Socket operation on non-socket"),
    ("EADDRINUSE", 98, "Address already in use"),
    ("EADDRNOTAVAIL", 99, "Cannot assign requested address"),
    ("ENETUNREACH", 101, "Network is unreachable"),
    ("ECONNABORTED", 103, "Software caused connection abort"),
    ("ECONNRESET", 104, "Connection reset by peer"),
    ("EISCONN", 106, "Transport endpoint is already connected"),
    ("ENOTCONN", 107, "Transport endpoint is not connected"),
    ("ETIMEDOUT", 110, "Connection timed out"),
    ("ECONNREFUSED", 111, "Connection refused"),
    ("EHOSTUNREACH", 113, "No route to host"),
    ("EALREADY", 114, "Operation already in progress"),
    ("EINPROGRESS", 115, "Operation now in progress"),
    ("EDQUOT", 122, "Disk quota exceeded"),
    ("EOPNOTSUPP", 95, "Operation not supported"),
    ("EMSGSIZE", 90, "Message too long"),
    ("EPROTONOSUPPORT", 93, "Protocol not supported"),
    ("EDESTADDRREQ", 89, "Destination address required"),
    ("ECANCELED", 125, "Operation canceled"),
    ("ENODATA", 61, "No data available"),
    ("ENOBUFS", 105, "No buffer space available"),
    ("ESTALE", 116, "Stale file handle"),
    ("ETXTBSY", 26, "Text file busy"),
    ("ENOTBLK", 15, "Block device required"),
    ("ENOLCK", 37, "No locks available"),
    ("EPROTOTYPE", 91, "Protocol wrong type for socket"),
    ("ENOPROTOOPT", 92, "Protocol not available"),
    ("ENETDOWN", 100, "Network is down"),
    ("ENETRESET", 102, "Network dropped connection on reset"),
    ("EHOSTDOWN", 112, "Host is down"),
    ("EIDRM", 43, "Identifier removed"),
    ("ENOMSG", 42, "No message of desired type"),
    ("EBADMSG", 74, "Bad message"),
    ("EAFNOSUPPORT", 97, "Address family not supported by protocol"),
];

fn init_errno(vm: &mut Vm) {
    let (errno, above) = (vm.core.errno, vm.core.system_call_error);
    for &(name, number, _) in ERRNOS {
        let class = vm.define_class_under(errno, name, above);
        let constant = vm.intern("Errno");
        vm.set_constant_raw(vm.class_view(class), constant, Value::small(number));
    }
    let again = vm.class_at("Errno::EAGAIN");
    let name = vm.intern("EWOULDBLOCK");
    vm.set_constant_raw(vm.class_view(errno), name, again);
    // ENOTSUP is the same number on Linux.
    let unsupported = vm.class_at("Errno::EOPNOTSUPP");
    let name = vm.intern("ENOTSUP");
    vm.set_constant_raw(vm.class_view(errno), name, unsupported);
    let class = vm.define_class_under(errno, "NOERROR", above);
    let constant = vm.intern("Errno");
    vm.set_constant_raw(vm.class_view(class), constant, Value::small(0));
}

/// The exception that `raise` was asked for.
pub fn make_exception(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult {
    let Some((&first, rest)) = args.split_first() else { return Err(vm.argument_error("only cause is given with no arguments")) };
    if rest.len() > 2 {
        return Err(vm.arity_error(args.len(), 0, Some(3)));
    }
    let exception = if RString::new(first).is_some() && rest.is_empty() {
        let class = vm.core.runtime_error;
        vm.call(class, sym::NEW, &[first])?
    } else {
        let message = &rest[..rest.len().min(1)];
        let passed = other_keywords(vm, keywords)?;
        let class = vm.class_of(first);
        if vm.find_method(class, sym::EXCEPTION).is_none() && !vm.responds_to(first, sym::EXCEPTION, false)? {
            return Err(vm.type_error("exception class/object expected"));
        }
        let made = vm.call_full(first, sym::EXCEPTION, message, passed, vm::BlockWord::NONE, vm::send::CallMode::Any)?;
        if !vm.is_a(made, vm.core.exception) {
            return Err(vm.type_error("exception object expected"));
        }
        made
    };
    if let Some(&backtrace) = rest.get(1) {
        vm.call(exception, sym::SET_BACKTRACE, &[backtrace])?;
    }
    Ok(exception)
}

/// Keywords besides `cause:`, which belong to the exception class.
fn other_keywords(vm: &mut Vm, keywords: Keywords) -> RResult<vm::PassedKeywords<'static>> {
    let Some(hash) = keywords.hash() else { return Ok(vm::PassedKeywords::None) };
    let rest = vm.new_hash();
    let cause = Value::symbol(sym::K_CAUSE);
    for position in 0..hash.table(&vm.heap).positions() {
        if let Some(entry) = hash.table(&vm.heap).entry(position).filter(|entry| entry.key != cause) {
            vm.hash_set(rest, entry.key, entry.value)?;
        }
    }
    Ok(if rest.is_empty() { vm::PassedKeywords::None } else { vm::PassedKeywords::Hash { hash: rest, fresh: true } })
}

/// SystemExit on its way.
pub fn new_system_exit(vm: &mut Vm, status: i64, message: &str) -> RResult<Raised> {
    let class = vm.core.system_exit;
    let message = vm.str(message);
    let exception = vm.new_exception(class, message)?;
    vm.set_hidden(exception, sym::H_STATUS, Value::small(status));
    Ok(vm.raise_exception(exception))
}

/// Exception itself.
pub struct Exceptions;

#[ruby_methods("Exception")]
impl Exceptions {
    #[singleton("exception")]
    fn make(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let keywords = crate::basic_object::pass(keywords);
        vm.call_full(this, sym::NEW, args, keywords, vm::BlockWord::NONE, vm::send::CallMode::Any)
    }

    #[singleton("to_tty?")]
    fn to_tty(_vm: &mut Vm, _this: Value) -> bool {
        std::io::IsTerminal::is_terminal(&std::io::stderr())
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, message: Option<Value>) {
        vm.set_hidden(this, sym::H_MESSAGE, message.unwrap_or(Value::UNDEF));
    }

    #[method("exception")]
    fn exception(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        match *args {
            [] => Ok(this),
            [message] if message == this => Ok(this),
            [message] => {
                let name = vm.intern("clone");
                let copy = vm.call(this, name, &[])?;
                vm.set_hidden(copy, sym::H_MESSAGE, message);
                Ok(copy)
            }
            _ => Err(vm.arity_error(args.len(), 0, Some(1))),
        }
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult {
        match vm.hidden(this, sym::H_MESSAGE) {
            Some(message) if !message.is_nil() => Ok(vm.to_s(message)?.value()),
            _ => {
                let class = vm.real_class_of(this);
                let name = vm.class_name_text(class);
                Ok(vm.str(&name))
            }
        }
    }

    #[method("message")]
    fn message(vm: &mut Vm, this: Value) -> RResult {
        let text = vm.call(this, sym::TO_S, &[])?;
        Ok(vm.to_s(text)?.value())
    }

    #[method("detailed_message")]
    fn detailed_message(vm: &mut Vm, this: Value, keywords: Keywords) -> RResult {
        let highlight = match keywords.get(vm, "highlight") {
            // DidYouMean's method in CRuby has another default than Exception's.
            None => vm.options.did_you_mean && is_correctable(vm, this)?,
            Some(_) => highlight_option(vm, keywords)?,
        };
        let message = vm.call(this, sym::MESSAGE, &[])?;
        let message = vm.to_s(message)?;
        let mut text = detailed(vm, &message.to_text(), this, highlight);
        if keywords.get(vm, "error_highlight") != Some(Value::FALSE) {
            text.push_str(&snippet(vm, this, highlight)?);
        }
        if keywords.get(vm, "did_you_mean") != Some(Value::FALSE) {
            text.push_str(&suggestions(vm, this, highlight)?);
        }
        Ok(vm.string(text.as_bytes(), message.encoding()))
    }

    /// `full_message(highlight: tty, order: :top)`
    #[method("full_message")]
    fn full_message(vm: &mut Vm, this: Value, keywords: Keywords) -> RResult {
        let highlight = match keywords.get(vm, "highlight") {
            None | Some(Value::NIL) => std::io::IsTerminal::is_terminal(&std::io::stderr()),
            Some(_) => highlight_option(vm, keywords)?,
        };
        let order = keywords.get(vm, "order").unwrap_or(Value::NIL);
        let bottom = match order.as_symbol().map(|order| vm.symbols.text(order).into_owned()).as_deref() {
            None if order.is_nil() => false,
            Some("top") => false,
            Some("bottom") => true,
            _ => {
                let shown = vm.inspect_text(order)?;
                return Err(vm.argument_error(&format!("expected :top or :bottom as order: {shown}")));
            }
        };
        let options = vm.new_hash();
        if let Some(given) = keywords.hash() {
            for position in 0..given.table(&vm.heap).positions() {
                if let Some(entry) = given.table(&vm.heap).entry(position) {
                    vm.hash_set(options, entry.key, entry.value)?;
                }
            }
        }
        let key = vm.symbol("highlight");
        vm.hash_set(options, key, Value::bool(highlight))?;
        let text = full_text(vm, this, options, Layout { highlight, bottom })?;
        Ok(vm.str(&text))
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let text = vm.call(this, sym::TO_S, &[])?;
        let text = vm.to_s(text)?;
        let class = vm.class_name_of(this);
        if text.is_empty() {
            return Ok(class);
        }
        if text.bytes().contains(&b'\n') {
            let shown = vm.inspect_text(text.value())?;
            return Ok(format!("#<{class}:{shown}>"));
        }
        Ok(format!("#<{class}: {}>", text.to_text()))
    }

    #[method("backtrace")]
    fn backtrace(vm: &mut Vm, this: Value) -> Value {
        vm.backtrace_of(this)
    }

    #[method("backtrace_locations")]
    fn backtrace_locations(vm: &mut Vm, this: Value) -> RResult {
        let Some(captured) = vm.hidden(this, sym::H_LOCATIONS).filter(|captured| !captured.is_nil()) else { return Ok(Value::NIL) };
        let name = vm.intern("backtrace locations");
        if let Some(list) = vm.hidden(this, name) {
            return Ok(list);
        }
        let list = crate::kernel::location_objects(vm, captured)?;
        vm.set_hidden(this, name, list);
        Ok(list)
    }

    /// `set_backtrace(strings or locations or nil)`
    #[method("set_backtrace")]
    fn set_backtrace(vm: &mut Vm, this: Value, backtrace: Value) -> RResult {
        const WRONG: &str = "backtrace must be an Array of String or an Array of Thread::Backtrace::Location";
        let cached = vm.intern("backtrace locations");
        vm.set_hidden(this, cached, Value::UNDEF);
        let list = match RArray::new(backtrace) {
            Some(list) => {
                if let Some(captured) = crate::kernel::captured_of(vm, list) {
                    vm.set_hidden(this, sym::H_LOCATIONS, captured);
                    let strings = vm.backtrace_array(captured);
                    vm.set_hidden(this, sym::H_BACKTRACE, strings);
                    return Ok(backtrace);
                }
                if list.as_slice(&vm.heap).iter().any(|&line| RString::new(line).is_none()) {
                    return Err(vm.type_error(WRONG));
                }
                backtrace
            }
            None if backtrace.is_nil() => {
                // As if never raised: the next raise captures again.
                vm.set_hidden(this, sym::H_BACKTRACE, Value::UNDEF);
                vm.set_hidden(this, sym::H_LOCATIONS, Value::UNDEF);
                return Ok(Value::NIL);
            }
            None if RString::new(backtrace).is_some() => vm.array(&[backtrace]),
            None => return Err(vm.type_error(WRONG)),
        };
        vm.set_hidden(this, sym::H_BACKTRACE, list);
        vm.set_hidden(this, sym::H_LOCATIONS, Value::NIL);
        Ok(list)
    }

    #[method("cause")]
    fn cause(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_CAUSE).unwrap_or(Value::NIL)
    }

    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        if this == other {
            return Ok(true);
        }
        if vm.real_class_of(this) != vm.real_class_of(other) {
            return Ok(false);
        }
        for name in [sym::MESSAGE, sym::BACKTRACE] {
            let (a, b) = (vm.call(this, name, &[])?, vm.call(other, name, &[])?);
            if !vm.equal(a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn highlight_option(vm: &mut Vm, keywords: Keywords) -> RResult<bool> {
    match keywords.get(vm, "highlight") {
        None | Some(Value::NIL | Value::FALSE) => Ok(false),
        Some(Value::TRUE) => Ok(true),
        Some(other) => {
            let shown = vm.inspect_text(other)?;
            Err(vm.argument_error(&format!("expected true or false as highlight: {shown}")))
        }
    }
}

/// Hidden variable: was the missing method called without receiver?
const PRIVATE_CALL: &str = vm::raise::PRIVATE_CALL;

/// Do misspelt names make exceptions of this class, or did the program say so?
fn is_correctable(vm: &mut Vm, exception: Value) -> RResult<bool> {
    let classes = [vm.core.name_error, vm.core.key_error, vm.core.no_matching_pattern_key_error, vm.core.load_error];
    if classes.into_iter().any(|class| vm.is_a(exception, class)) {
        return Ok(true);
    }
    let name = vm.intern("DidYouMean");
    let object = vm.class_view(vm.core.object);
    // Before the library is there nobody can have named a class to it.
    let Some(module) = object.data().constants.get(&name).filter(|constant| constant.autoload.is_none()).map(|constant| constant.value) else {
        return Ok(false);
    };
    let Some(module) = vm::RClass::new(module) else { return Ok(false) };
    let name = vm.intern("Correctable");
    let correctable = vm.own_constant(module, name)?.filter(|&module| vm::RClass::new(module).is_some());
    Ok(correctable.is_some_and(|correctable| vm.is_a(exception, correctable)))
}

/// What DidYouMean adds to the report of an exception: lines that begin with a line break.
fn suggestions(vm: &mut Vm, exception: Value, highlight: bool) -> RResult<String> {
    if !vm.options.did_you_mean || !is_correctable(vm, exception)? {
        return Ok(String::new());
    }
    let object = vm.class_view(vm.core.object);
    let name = vm.intern("DidYouMean");
    let Some(module) = vm.own_constant(object, name)? else { return Ok(String::new()) };
    let lines = vm.send(module, "suggestions_for", &[exception])?;
    let lines = vm.to_s_text(lines)?;
    if !highlight {
        return Ok(lines);
    }
    Ok(lines.split('\n').skip(1).map(|line| format!("\n\x1b[1m{line}\x1b[m")).collect())
}

/// What ErrorHighlight adds to the report of an exception: the source with a marker.
fn snippet(vm: &mut Vm, exception: Value, highlight: bool) -> RResult<String> {
    let marked = [vm.core.name_error, vm.core.type_error, vm.core.argument_error];
    if !vm.options.error_highlight || !marked.into_iter().any(|class| vm.is_a(exception, class)) {
        return Ok(String::new());
    }
    let object = vm.class_view(vm.core.object);
    let name = vm.intern("ErrorHighlight");
    let Some(module) = vm.own_constant(object, name)? else { return Ok(String::new()) };
    let lines = vm.send(module, "snippet_for", &[exception, Value::bool(highlight)])?;
    vm.to_s_text(lines)
}

/// Message with class, as `detailed_message` gives it.
fn detailed(vm: &Vm, message: &str, exception: Value, highlight: bool) -> String {
    let class = vm.real_class_of(exception);
    let is_anonymous = class.data().name.is_none();
    let class_name = vm.class_name_text(class);
    if message.is_empty() {
        let word = if class.value() == vm.core.runtime_error { "unhandled exception" } else { &class_name };
        return if highlight { format!("\x1b[1;4m{word}\x1b[m") } else { word.to_string() };
    }
    if is_anonymous {
        return if highlight { format!("\x1b[1m{message}") } else { message.to_string() };
    }
    let class = class_name;
    // A newline that nothing follows is dropped.
    let (first, rest) = match message.split_once('\n') {
        Some((first, rest)) => (first, Some(rest).filter(|rest| !rest.is_empty())),
        None => (message, None),
    };
    if !highlight {
        return match rest {
            Some(rest) => format!("{first} ({class})\n{rest}"),
            None => format!("{first} ({class})"),
        };
    }
    let mut text = format!("\x1b[1m{first} (\x1b[1;4m{class}\x1b[m\x1b[1m)\x1b[m");
    for line in rest.map(|rest| rest.split('\n').collect::<Vec<_>>()).unwrap_or_default() {
        text.push('\n');
        if !line.is_empty() {
            text.push_str(&format!("\x1b[1m{line}\x1b[m"));
        }
    }
    text
}

/// How a report is laid out.
#[derive(Clone, Copy)]
struct Layout {
    highlight: bool,
    /// Oldest call first.
    bottom: bool,
}

/// The report of an exception and its causes. `options` go to `detailed_message`.
fn full_text(vm: &mut Vm, exception: Value, options: RHash, how: Layout) -> RResult<String> {
    let mut chain = vm.roots.values(&[exception]);
    let mut cause = vm.call(exception, sym::K_CAUSE, &[])?;
    while !cause.is_nil() && !chain.contains(&cause) {
        chain.push(cause);
        cause = vm.hidden(cause, sym::H_CAUSE).unwrap_or(Value::NIL);
    }
    let mut text = String::new();
    if how.bottom {
        chain.update(|chain| chain.reverse());
        text.push_str(if how.highlight { "\x1b[1mTraceback\x1b[m (most recent call last):\n" } else { "Traceback (most recent call last):\n" });
    }
    for &exception in chain.iter() {
        text.push_str(&one_text(vm, exception, options, how)?);
    }
    Ok(text)
}

fn one_text(vm: &mut Vm, exception: Value, options: RHash, how: Layout) -> RResult<String> {
    let class = vm.class_of(exception);
    let told = match vm.find_method(class, sym::DETAILED_MESSAGE) {
        Some(_) => {
            let keywords = vm::PassedKeywords::Hash { hash: options, fresh: false };
            vm.call_full(exception, sym::DETAILED_MESSAGE, &[], keywords, vm::BlockWord::NONE, vm::send::CallMode::Any)?
        }
        None => Value::NIL,
    };
    let message = match vm.try_to_str(told)?.filter(|message| !message.is_empty()) {
        Some(message) => message.to_text(),
        None => {
            let class = vm.class_name_of(exception);
            if how.highlight { format!("\x1b[1;4m{class}\x1b[m") } else { class }
        }
    };
    let backtrace = vm.call(exception, sym::BACKTRACE, &[])?;
    let mut lines = Vec::new();
    if let Some(list) = RArray::new(backtrace) {
        for index in 0..list.len() {
            let line = list.get(index).unwrap_or(Value::NIL);
            lines.push(vm.to_s_text(line)?);
        }
    }
    Ok(layout(vm, &message, &lines, how.bottom))
}

/// The place that stands for a missing backtrace: where the report is made.
fn reporting_place(vm: &Vm) -> String {
    match vm.locations(0).iter().find(|location| location.native.is_none()).copied() {
        Some(location) => format!("{}:{}:in 'full_message'", location.file(), location.line()),
        None => vm.program_name().to_string(),
    }
}

fn layout(vm: &Vm, message: &str, lines: &[String], bottom: bool) -> String {
    let head = lines.first().cloned().unwrap_or_else(|| reporting_place(vm));
    let rest = lines.get(1..).unwrap_or(&[]);
    let mut text = String::new();
    if bottom {
        let width = rest.len().to_string().len();
        for (index, line) in rest.iter().enumerate().rev() {
            text.push_str(&format!("\t{:>width$}: from {line}\n", index + 1));
        }
        text.push_str(&format!("{head}: {message}\n"));
        return text;
    }
    text.push_str(&format!("{head}: {message}\n"));
    let limit = vm.options.backtrace_limit.unwrap_or(usize::MAX);
    // One entry more than the limit takes no less room than the line that would stand for it.
    let shown = if rest.len() > limit.saturating_add(1) { limit } else { rest.len() };
    for line in &rest[..shown] {
        text.push_str(&format!("\tfrom {line}\n"));
    }
    if shown < rest.len() {
        text.push_str(&format!("\t ... {} levels...\n", rest.len() - shown));
    }
    text
}

fn hidden_or_nil(vm: &Vm, this: Value, name: Symbol) -> Value {
    vm.hidden(this, name).unwrap_or(Value::NIL)
}

/// NameError.
pub struct NameErrors;

#[ruby_methods("NameError")]
impl NameErrors {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, message: Option<Value>, name: Option<Value>, keywords: Keywords) -> RResult<()> {
        keywords.check(vm, &["receiver"])?;
        vm.set_hidden(this, sym::H_MESSAGE, message.unwrap_or(Value::UNDEF));
        vm.set_hidden(this, sym::H_NAME, name.unwrap_or(Value::NIL));
        if let Some(receiver) = keywords.get(vm, "receiver") {
            vm.set_hidden(this, sym::H_RECEIVER, receiver);
        }
        Ok(())
    }

    #[method("name")]
    fn name(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_NAME)
    }

    #[method("receiver")]
    fn receiver(vm: &mut Vm, this: Value) -> RResult {
        match vm.hidden(this, sym::H_RECEIVER) {
            Some(receiver) => Ok(receiver),
            None => Err(vm.argument_error("no receiver is available")),
        }
    }

    #[method("local_variables")]
    fn local_variables(vm: &mut Vm, _this: Value) -> RArray {
        vm.new_array()
    }
}

/// NoMethodError.
pub struct NoMethodErrors;

#[ruby_methods("NoMethodError")]
impl NoMethodErrors {
    #[method("initialize", private)]
    fn initialize(
        vm: &mut Vm,
        this: Value,
        message: Option<Value>,
        name: Option<Value>,
        args: Option<Value>,
        _private: Option<Value>,
        keywords: Keywords,
    ) -> RResult<()> {
        NameErrors::initialize(vm, this, message, name, keywords)?;
        let args = args.unwrap_or(Value::NIL);
        vm.set_hidden(this, sym::H_ARGS, args);
        Ok(())
    }

    #[method("args")]
    fn args(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_ARGS)
    }

    #[method("private_call?")]
    fn private_call(vm: &mut Vm, this: Value) -> bool {
        let name = vm.intern(PRIVATE_CALL);
        vm.hidden(this, name) == Some(Value::TRUE)
    }
}

/// KeyError.
pub struct KeyErrors;

#[ruby_methods("KeyError")]
impl KeyErrors {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, message: Option<Value>, keywords: Keywords) -> RResult<()> {
        keywords.check(vm, &["receiver", "key"])?;
        vm.set_hidden(this, sym::H_MESSAGE, message.unwrap_or(Value::UNDEF));
        for (keyword, name) in [("receiver", sym::H_RECEIVER), ("key", sym::H_KEY)] {
            if let Some(value) = keywords.get(vm, keyword) {
                vm.set_hidden(this, name, value);
            }
        }
        Ok(())
    }

    #[method("receiver")]
    fn receiver(vm: &mut Vm, this: Value) -> RResult {
        match vm.hidden(this, sym::H_RECEIVER) {
            Some(receiver) => Ok(receiver),
            None => Err(vm.argument_error("no receiver is available")),
        }
    }

    #[method("key")]
    fn key(vm: &mut Vm, this: Value) -> RResult {
        match vm.hidden(this, sym::H_KEY) {
            Some(key) => Ok(key),
            None => Err(vm.argument_error("no key is available")),
        }
    }
}

/// FrozenError.
pub struct FrozenErrors;

#[ruby_methods("FrozenError")]
impl FrozenErrors {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, message: Option<Value>, keywords: Keywords) -> RResult<()> {
        keywords.check(vm, &["receiver"])?;
        vm.set_hidden(this, sym::H_MESSAGE, message.unwrap_or(Value::UNDEF));
        if let Some(receiver) = keywords.get(vm, "receiver") {
            vm.set_hidden(this, sym::H_RECEIVER, receiver);
        }
        Ok(())
    }

    #[method("receiver")]
    fn receiver(vm: &mut Vm, this: Value) -> RResult {
        KeyErrors::receiver(vm, this)
    }
}

/// StopIteration.
pub struct StopIterations;

#[ruby_methods("StopIteration")]
impl StopIterations {
    #[method("result")]
    fn result(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_RESULT)
    }
}

/// LocalJumpError.
pub struct LocalJumpErrors;

#[ruby_methods("LocalJumpError")]
impl LocalJumpErrors {
    #[method("reason")]
    fn reason(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_REASON)
    }

    #[method("exit_value")]
    fn exit_value(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_VALUE)
    }
}

/// SystemExit.
pub struct SystemExits;

#[ruby_methods("SystemExit")]
impl SystemExits {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, args: &[Value]) -> RResult<()> {
        let (status, message) = match *args {
            [] => (0, None),
            [status @ (Value::TRUE | Value::FALSE)] => (i64::from(status == Value::FALSE), None),
            [status] if status.is_fixnum() => (vm.to_i64(status)?, None),
            [message] => (0, Some(message)),
            [status, message] => (crate::kernel::exit_status(vm, status)?, Some(message)),
            _ => return Err(vm.arity_error(args.len(), 0, Some(2))),
        };
        let message = message.unwrap_or(Value::UNDEF);
        vm.set_hidden(this, sym::H_STATUS, Value::small(status));
        vm.set_hidden(this, sym::H_MESSAGE, message);
        Ok(())
    }

    #[method("status")]
    fn status(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_STATUS).unwrap_or(Value::small(0))
    }

    #[method("success?")]
    fn success(vm: &mut Vm, this: Value) -> bool {
        Self::status(vm, this) == Value::small(0)
    }
}

/// UncaughtThrowError.
pub struct UncaughtThrows;

#[ruby_methods("UncaughtThrowError")]
impl UncaughtThrows {
    #[method("tag")]
    fn tag(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_TAG)
    }

    #[method("value")]
    fn value(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_VALUE)
    }
}

/// NoMatchingPatternKeyError.
pub struct NoMatchingKeys;

#[ruby_methods("NoMatchingPatternKeyError")]
impl NoMatchingKeys {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, message: Option<Value>, keywords: Keywords) -> RResult<()> {
        keywords.check(vm, &["matchee", "key"])?;
        vm.set_hidden(this, sym::H_MESSAGE, message.unwrap_or(Value::UNDEF));
        for (keyword, name) in [("matchee", sym::H_RECEIVER), ("key", sym::H_KEY)] {
            if let Some(value) = keywords.get(vm, keyword) {
                vm.set_hidden(this, name, value);
            }
        }
        Ok(())
    }

    #[method("matchee")]
    fn matchee(vm: &mut Vm, this: Value) -> RResult {
        match vm.hidden(this, sym::H_RECEIVER) {
            Some(receiver) => Ok(receiver),
            None => Err(vm.argument_error("no matchee is available")),
        }
    }

    #[method("key")]
    fn key(vm: &mut Vm, this: Value) -> RResult {
        KeyErrors::key(vm, this)
    }
}

/// LoadError.
pub struct LoadErrors;

#[ruby_methods("LoadError")]
impl LoadErrors {
    #[method("path")]
    fn path(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_PATH)
    }
}

/// SyntaxError.
pub struct SyntaxErrors;

#[ruby_methods("SyntaxError")]
impl SyntaxErrors {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, message: Option<Value>) {
        let message = match message {
            Some(message) => message,
            None => vm.str("compile error"),
        };
        vm.set_hidden(this, sym::H_MESSAGE, message);
    }

    #[method("path")]
    fn path(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_PATH)
    }
}

/// SystemCallError and Errno classes.
pub struct SystemCalls;

#[ruby_methods("SystemCallError")]
impl SystemCalls {
    /// `SystemCallError.new(message, errno)` gives the Errno class of the number.
    #[singleton("new")]
    fn new(vm: &mut Vm, this: RClass, args: &[Value], block: vm::Block) -> RResult {
        let mut class = this;
        let mut args = ArgumentList::from_slice(&vm.roots, args);
        if this.value() == vm.core.system_call_error {
            let number = match &args[..] {
                [] => return Err(vm.arity_error(0, 1, Some(3))),
                [number] if number.is_fixnum() => Some(args.remove(0)),
                [_, number, ..] if !number.is_nil() => {
                    let number = vm.to_int(*number)?;
                    args.remove(1);
                    Some(number)
                }
                _ => None,
            };
            if let Some(found) = number.and_then(Value::as_fixnum).and_then(|number| ERRNOS.iter().find(|row| row.1 == number)) {
                let path = format!("Errno::{}", found.0);
                let found = vm.class_at(&path);
                class = vm.class_view(found);
            } else if let Some(number) = number {
                let exception = vm.allocate(this)?;
                vm.set_hidden(exception, sym::H_ERRNO, number);
                let text = unknown_error_text(vm, number, args.first().copied())?;
                vm.set_hidden(exception, sym::H_MESSAGE, text);
                return Ok(exception);
            }
        }
        let exception = vm.allocate(class)?;
        vm.call_with_block(exception, sym::INITIALIZE, &args, block.word())?;
        Ok(exception)
    }

    #[singleton("===")]
    fn case_equal(vm: &mut Vm, this: RClass, other: Value) -> RResult<bool> {
        if vm.is_a(other, this.value()) {
            return Ok(true);
        }
        if !vm.is_a(other, vm.core.system_call_error) || this.value() == vm.core.system_call_error {
            return Ok(false);
        }
        let name = vm.intern("Errno");
        let wanted = vm.find_constant(this, name, false)?;
        Ok(wanted.is_some() && vm.hidden(other, sym::H_ERRNO) == wanted)
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, message: Option<Value>, location: Option<Value>) -> RResult<()> {
        let constant = vm.intern("Errno");
        let class = vm.real_class_of(this);
        let number = vm.find_constant(class, constant, false)?.and_then(Value::as_fixnum);
        let base = number.and_then(|number| ERRNOS.iter().find(|row| row.1 == number)).map_or("unknown error", |row| row.2);
        let base = if number == Some(0) { "Success" } else { base };
        let mut text = base.to_string();
        if let Some(location) = location {
            text.push_str(&format!(" @ {}", vm.to_s_text(location)?));
        }
        if let Some(message) = message.filter(|message| !message.is_nil()) {
            let message = vm.to_str(message)?.to_text();
            text.push_str(&format!(" - {message}"));
        }
        let text = vm.str(&text);
        vm.set_hidden(this, sym::H_MESSAGE, text);
        vm.set_hidden(this, sym::H_ERRNO, number.map_or(Value::NIL, Value::small));
        Ok(())
    }

    #[method("errno")]
    fn errno(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_ERRNO)
    }
}

fn unknown_error_text(vm: &mut Vm, number: Value, message: Option<Value>) -> RResult {
    let number = number.as_fixnum().unwrap_or(0);
    let mut text = format!("Unknown error {number}");
    if let Some(message) = message.filter(|message| !message.is_nil()) {
        text.push_str(&format!(" - {}", vm.to_s_text(message)?));
    }
    Ok(vm.str(&text))
}

/// SignalException.
pub struct Signals;

#[ruby_methods("SignalException")]
impl Signals {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, signal: Value, name: Option<Value>) -> RResult<()> {
        if signal.as_fixnum().is_none() && name.is_some() {
            return Err(vm.arity_error(2, 1, Some(1)));
        }
        let (number, text) = match signal.as_fixnum() {
            Some(number) => {
                let shown = match name {
                    Some(name) => vm.to_s_text(name)?,
                    None => match SIGNALS.iter().find(|row| row.1 == number) {
                        Some(row) => format!("SIG{}", row.0),
                        None => return Err(vm.argument_error(&format!("invalid signal number ({number})"))),
                    },
                };
                (number, shown)
            }
            None => {
                let given = match signal.as_symbol() {
                    Some(symbol) => vm.symbols.text(symbol).into_owned(),
                    None => match vm.try_to_str(signal)? {
                        Some(text) => text.to_text(),
                        None => {
                            let class = vm.class_name_of(signal);
                            return Err(vm.argument_error(&format!("bad signal type {class}")));
                        }
                    },
                };
                let short = given.strip_prefix("SIG").unwrap_or(&given).to_string();
                match SIGNALS.iter().find(|row| row.0 == short) {
                    Some(row) => (row.1, format!("SIG{short}")),
                    None => return Err(vm.argument_error(&format!("unsupported signal 'SIG{short}'"))),
                }
            }
        };
        let text = vm.str(&text);
        vm.set_hidden(this, sym::H_MESSAGE, text);
        vm.set_hidden(this, sym::H_SIGNO, Value::small(number));
        Ok(())
    }

    #[method("signo")]
    fn signo(vm: &mut Vm, this: Value) -> Value {
        hidden_or_nil(vm, this, sym::H_SIGNO)
    }

    #[method("signm")]
    fn signm(vm: &mut Vm, this: Value) -> RResult {
        vm.call(this, sym::MESSAGE, &[])
    }
}

/// Interrupt.
pub struct Interrupts;

#[ruby_methods("Interrupt")]
impl Interrupts {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, message: Option<Value>) {
        let message = match message {
            Some(message) => message,
            None => vm.str("Interrupt"),
        };
        vm.set_hidden(this, sym::H_MESSAGE, message);
        vm.set_hidden(this, sym::H_SIGNO, Value::small(2));
    }
}
