//! Thread: making, ending, waiting for threads, and what is known of them.

use macros::ruby_methods;
use vm::thread::{Interrupt, ThreadStatus, Wait};
use vm::{Block, Keywords, PassedKeywords, RHash, RResult, Raised, Value, Vm, sym};

/// Class methods, start and end.
pub struct Threads;

fn set_up(vm: &mut Vm, thread: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
    let Some(body) = block.to_proc(vm)? else { return Err(vm.thread_error("must be called with a block")) };
    let args = vm.array(args);
    let data = vm.native::<vm::thread::ThreadData>(thread, "Thread")?;
    if data.status != ThreadStatus::Unborn {
        return Err(vm.thread_error("already initialized thread"));
    }
    data.body = body.value();
    data.args = args;
    data.keywords = keywords.hash().map_or(Value::NIL, RHash::value);
    vm.start_thread(thread)?;
    Ok(thread)
}

/// SystemExit, as `exit` raises it.
fn leave_program(vm: &mut Vm) -> RResult<Raised> {
    let class = vm.core.system_exit;
    let message = vm.str("exit");
    let exception = vm.new_exception(class, message)?;
    vm.set_hidden(exception, sym::H_STATUS, Value::small(0));
    Ok(vm.raise_exception(exception))
}

fn kill(vm: &mut Vm, thread: Value) -> RResult {
    let data = vm.thread_data(thread)?;
    let killed = data.killed;
    if data.status == ThreadStatus::Dead {
        return Ok(thread);
    }
    if thread == vm.main_thread() {
        return Err(leave_program(vm)?);
    }
    if thread == vm.current_thread() {
        return Err(vm.unwind_thread());
    }
    if killed {
        return Ok(thread);
    }
    vm.interrupt_thread(thread, Interrupt::Kill);
    Ok(thread)
}

#[ruby_methods("Thread")]
impl Threads {
    #[singleton("new")]
    fn new(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let thread = vm.allocate(vm.class_view(this))?;
        let passed = keywords.hash().map_or(PassedKeywords::None, |hash| PassedKeywords::Hash { hash, fresh: false });
        vm.call_full(thread, sym::INITIALIZE, args, passed, block.word(), vm::send::CallMode::Any)?;
        vm.thread_data(thread)?;
        Ok(thread)
    }

    #[singleton("allocate")]
    fn allocate(vm: &mut Vm, this: Value) -> RResult {
        let name = vm.class_name_text(vm.class_view(this));
        Err(vm.type_error(&format!("allocator undefined for {name}")))
    }

    #[singleton("start", "fork")]
    fn start(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        if !block.is_some() {
            return Err(vm.argument_error("tried to create Proc object without a block"));
        }
        let thread = vm.allocate(vm.class_view(this))?;
        set_up(vm, thread, args, keywords, block)
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        set_up(vm, this, args, keywords, block)
    }

    #[singleton("current")]
    fn current(vm: &mut Vm, _this: Value) -> Value {
        vm.current_thread()
    }

    #[singleton("main")]
    fn main(vm: &mut Vm, _this: Value) -> Value {
        vm.main_thread_of_ractor()
    }

    #[singleton("list")]
    fn list(vm: &mut Vm, _this: Value) -> Value {
        let threads = vm.ractor_threads();
        vm.array(&threads)
    }

    #[singleton("pass")]
    fn pass(vm: &mut Vm, _this: Value) -> RResult<()> {
        vm.give_way();
        vm.poll_interrupts()
    }

    #[singleton("stop")]
    fn stop(vm: &mut Vm, _this: Value) -> RResult<()> {
        sleep_until_woken(vm, Wait::Deadly)
    }

    #[singleton("exit")]
    fn leave(vm: &mut Vm, _this: Value) -> RResult {
        let thread = vm.current_thread();
        kill(vm, thread)
    }

    #[singleton("kill")]
    fn kill_one(vm: &mut Vm, _this: Value, thread: Value) -> RResult {
        kill(vm, thread)
    }

    #[method("kill", "exit", "terminate")]
    fn kill(vm: &mut Vm, this: Value) -> RResult {
        kill(vm, this)
    }

    #[singleton("pending_interrupt?")]
    fn current_pending(vm: &mut Vm, _this: Value, class: Option<Value>) -> RResult<bool> {
        let thread = vm.current_thread();
        Self::pending(vm, thread, class)
    }

    #[method("pending_interrupt?")]
    fn pending(vm: &mut Vm, this: Value, class: Option<Value>) -> RResult<bool> {
        let pending: Vec<Interrupt> = vm.thread_data(this)?.pending.iter().copied().collect();
        let Some(class) = class else { return Ok(!pending.is_empty()) };
        if vm::RClass::new(class).is_none() {
            return Err(vm.type_error("class or module required for rescue clause"));
        }
        Ok(pending.iter().any(|interrupt| matches!(*interrupt, Interrupt::Raise(exception) if vm.is_a(exception, class))))
    }
}

/// Sleeps until `Thread#wakeup` or the time.
pub fn sleep_until_woken(vm: &mut Vm, wait: Wait) -> RResult<()> {
    let me = vm.current_thread();
    vm.poll_before_wait()?;
    vm.thread_data(me)?.wakeup = false;
    loop {
        vm.wait(wait)?;
        let data = vm.thread_data(me)?;
        let over = matches!(wait, Wait::Until(time) if std::time::Instant::now() >= time);
        if over || std::mem::take(&mut data.wakeup) {
            return Ok(());
        }
    }
}

/// Waiting for threads, waking them.
pub struct Life;

fn join(vm: &mut Vm, thread: Value, seconds: Option<f64>) -> RResult<bool> {
    let until = seconds.map(super::after);
    let me = vm.current_thread();
    vm.thread_data(thread)?;
    if thread == me {
        return Err(vm.thread_error("Target thread must not be current thread"));
    }
    if thread == vm.main_thread() {
        return Err(vm.thread_error("Target thread must not be main thread"));
    }
    while vm.thread_data(thread)?.status != ThreadStatus::Dead {
        if until.is_some_and(|until| std::time::Instant::now() >= until) {
            return Ok(false);
        }
        let waiter = vm.waiter()?;
        vm.thread_data(thread)?.joiners.push(waiter);
        let waited = vm.wait_for(thread, until.map_or(Wait::Deadly, Wait::Until));
        let joiners = &mut vm.thread_data(thread)?.joiners;
        if let Some(at) = joiners.iter().position(|&joiner| joiner == waiter) {
            joiners.remove(at);
        }
        waited?;
    }
    let exception = vm.thread_data(thread)?.exception;
    if !exception.is_nil() {
        return Err(vm.raise_with_cause_set(exception));
    }
    Ok(true)
}

#[ruby_methods("Thread")]
impl Life {
    #[method("join")]
    fn join(vm: &mut Vm, this: Value, limit: Option<Value>) -> RResult {
        let seconds = match limit.filter(|limit| !limit.is_nil()) {
            Some(limit) if !vm.is_a(limit, vm.core.numeric) => {
                let shown = vm.class_name_of(limit);
                return Err(vm.type_error(&format!("no implicit conversion of {shown} into Float")));
            }
            Some(limit) => Some(vm.to_f64(limit)?),
            None => None,
        };
        Ok(if join(vm, this, seconds)? { this } else { Value::NIL })
    }

    #[method("value")]
    fn value(vm: &mut Vm, this: Value) -> RResult {
        join(vm, this, None)?;
        Ok(vm.thread_data(this)?.value)
    }

    #[method("wakeup")]
    fn wakeup(vm: &mut Vm, this: Value) -> RResult {
        let data = vm.thread_data(this)?;
        if data.status == ThreadStatus::Dead {
            return Err(vm.thread_error("killed thread"));
        }
        data.wakeup = true;
        vm.wake_thread(this);
        Ok(this)
    }

    #[method("run")]
    fn run(vm: &mut Vm, this: Value) -> RResult {
        Self::wakeup(vm, this)?;
        vm.give_way();
        vm.poll_interrupts()?;
        Ok(this)
    }

    #[method("alive?")]
    fn is_alive(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.thread_data(this)?.is_alive())
    }

    #[method("stop?")]
    fn is_stopped(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.thread_data(this)?.status != ThreadStatus::Running)
    }

    #[method("status")]
    fn status(vm: &mut Vm, this: Value) -> RResult {
        let data = vm.thread_data(this)?;
        let text = match data.status {
            ThreadStatus::Running | ThreadStatus::Unborn => {
                if data.killed {
                    "aborting"
                } else {
                    "run"
                }
            }
            ThreadStatus::Sleeping | ThreadStatus::SleepingForever => "sleep",
            ThreadStatus::Dead => return Ok(if data.exception.is_nil() { Value::FALSE } else { Value::NIL }),
        };
        Ok(vm.str(text))
    }

    #[method("to_s", "inspect")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult {
        vm.thread_data(this)?;
        let text = vm.thread_text(this);
        Ok(vm.string(text.as_bytes(), text::encoding::Encoding::BINARY))
    }

    #[method("native_thread_id")]
    fn native_thread_id(vm: &mut Vm, this: Value) -> RResult {
        let data = vm.thread_data(this)?;
        Ok(if data.is_alive() { Value::small(data.native_id) } else { Value::NIL })
    }

    #[method("group")]
    fn group(vm: &mut Vm, this: Value) -> RResult {
        Ok(vm.thread_data(this)?.group)
    }
}

/// Names, priorities, what happens at an exception.
pub struct Flags;

#[ruby_methods("Thread")]
impl Flags {
    #[method("name")]
    fn name(vm: &mut Vm, this: Value) -> RResult {
        Ok(vm.thread_data(this)?.name)
    }

    #[method("name=")]
    fn set_name(vm: &mut Vm, this: Value, name: Value) -> RResult {
        let given = if name.is_nil() {
            Value::NIL
        } else {
            let text = vm.to_str(name)?;
            if !text.encoding().is_ascii_compatible() {
                return Err(vm.argument_error(&format!("ASCII-incompatible encoding ({})", text.encoding().name())));
            }
            if text.bytes().contains(&0) {
                return Err(vm.argument_error("string contains null byte"));
            }
            let copy = vm.string(text.bytes(), text.encoding());
            vm.freeze(copy)
        };
        vm.thread_data(this)?.name = given;
        Ok(name)
    }

    #[method("priority")]
    fn priority(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(vm.thread_data(this)?.priority)
    }

    #[method("priority=")]
    fn set_priority(vm: &mut Vm, this: Value, priority: i64) -> RResult<i64> {
        vm.thread_data(this)?.priority = priority.clamp(-3, 3);
        Ok(priority)
    }

    #[method("abort_on_exception")]
    fn abort(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.thread_data(this)?.abort)
    }

    #[method("abort_on_exception=")]
    fn set_abort(vm: &mut Vm, this: Value, on: Value) -> RResult {
        vm.thread_data(this)?.abort = on.truthy();
        Ok(on)
    }

    #[method("report_on_exception")]
    fn report(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.thread_data(this)?.report)
    }

    #[method("report_on_exception=")]
    fn set_report(vm: &mut Vm, this: Value, on: Value) -> RResult {
        vm.thread_data(this)?.report = on.truthy();
        Ok(on)
    }

    #[singleton("abort_on_exception")]
    fn abort_all(vm: &mut Vm, _this: Value) -> bool {
        vm.threads.abort_on_exception
    }

    #[singleton("abort_on_exception=")]
    fn set_abort_all(vm: &mut Vm, _this: Value, on: Value) -> Value {
        vm.threads.abort_on_exception = on.truthy();
        on
    }

    #[singleton("report_on_exception")]
    fn report_all(vm: &mut Vm, _this: Value) -> bool {
        vm.threads.report_on_exception
    }

    #[singleton("report_on_exception=")]
    fn set_report_all(vm: &mut Vm, _this: Value, on: Value) -> Value {
        vm.threads.report_on_exception = on.truthy();
        on
    }

    #[singleton("ignore_deadlock")]
    fn ignore_deadlock(vm: &mut Vm, _this: Value) -> bool {
        vm.threads.ignore_deadlock
    }

    #[singleton("ignore_deadlock=")]
    fn set_ignore_deadlock(vm: &mut Vm, _this: Value, on: Value) -> Value {
        vm.threads.ignore_deadlock = on.truthy();
        on
    }
}

/// Operations of the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// Raises an exception in a thread: at once in the running one.
    #[method("thread_raise")]
    fn raise(vm: &mut Vm, _this: Value, thread: Value, exception: Value) -> RResult<()> {
        let data = vm.thread_data(thread)?;
        if data.status == ThreadStatus::Dead {
            return Ok(());
        }
        if thread == vm.current_thread() {
            return Err(vm.raise_with_cause_set(exception));
        }
        vm.interrupt_thread(thread, Interrupt::Raise(exception));
        Ok(())
    }

    /// `Thread.handle_interrupt`: a mask for what others send; what it lets through arrives here.
    #[method("thread_mask_push")]
    fn push_mask(vm: &mut Vm, _this: Value, mask: Value) -> RResult<()> {
        let mask = match vm.try_to_hash(mask)? {
            Some(mask) => mask,
            None => return Err(vm.argument_error("unknown mask signature")),
        };
        let copy = PassedKeywords::Hash { hash: mask, fresh: false }.to_fresh_hash(vm)?;
        for position in 0..copy.table(&vm.heap).positions() {
            let Some(entry) = copy.table(&vm.heap).entry(position) else { continue };
            let timing = entry.value.as_symbol().map(|name| vm.symbols.text(name).into_owned());
            if !matches!(timing.as_deref(), Some("immediate" | "on_blocking" | "never")) {
                return Err(vm.argument_error("unknown mask signature"));
            }
        }
        let thread = vm.current_thread();
        vm.thread_data(thread)?.masks.push(copy.value());
        Ok(())
    }

    /// Takes the last mask away.
    #[method("thread_mask_pop")]
    fn pop_mask(vm: &mut Vm, _this: Value) -> RResult<()> {
        let thread = vm.current_thread();
        vm.thread_data(thread)?.masks.pop();
        Ok(())
    }

    /// What waits for this thread arrives here, if the masks let it through.
    #[method("thread_poll")]
    fn poll(vm: &mut Vm, _this: Value) -> RResult<()> {
        vm.poll_interrupts()
    }

    /// Makes a thread one of another Ractor, nil being the main one.
    #[method("thread_set_ractor")]
    fn set_ractor(vm: &mut Vm, _this: Value, thread: Value, ractor: Value) -> RResult<()> {
        vm.thread_data(thread)?.ractor = (!ractor.is_nil()).then_some(ractor);
        Ok(())
    }

    /// The Ractor that runs; nil in the main one.
    #[method("running_ractor")]
    fn running_ractor(vm: &mut Vm, _this: Value) -> Option<Value> {
        vm.running_ractor()
    }

    /// Sets the group of a thread.
    #[method("thread_set_group")]
    fn set_group(vm: &mut Vm, _this: Value, thread: Value, group: Value) -> RResult<()> {
        vm.thread_data(thread)?.group = group;
        Ok(())
    }

    /// `file:line:in 'label'` of what a thread runs; nil when it ended.
    #[method("thread_backtrace")]
    fn backtrace(vm: &mut Vm, _this: Value, thread: Value) -> RResult {
        if !vm.thread_data(thread)?.is_alive() {
            return Ok(Value::NIL);
        }
        let mut places = vm.thread_places(thread)?;
        if thread == vm.current_thread() && places.first().is_some_and(|place| place.native.is_none()) {
            let first = places[0];
            places.insert(0, first);
        }
        let list = vm.new_array();
        for place in places.iter() {
            let text = vm.location_text(place);
            let text = vm.str(&text);
            vm.push(list, text)?;
        }
        Ok(list.value())
    }

    /// Is the value a String or Symbol? Gives the Symbol.
    #[method("thread_key")]
    fn key(vm: &mut Vm, _this: Value, key: Value) -> RResult {
        super::locals::key_of(vm, key)
    }
}
