//! Thread::Queue and Thread::SizedQueue.

use heap::{Heap, Tracer};
use macros::ruby_methods;
use objects::{NativeData, RData};
use std::time::Instant;
use vm::external::Portable;
use vm::thread::{Wait, WaitLine};
use vm::{Keywords, RArray, RClass, RResult, Raised, Value, Vm};

/// Native part of both queues.
pub struct QueueData {
    /// Items, an Array; nil until initialised.
    items: Value,
    closed: bool,
    /// Most items of a SizedQueue.
    maximum: usize,
    takers: WaitLine,
    givers: WaitLine,
}

impl NativeData for QueueData {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.items);
        self.takers.trace(tracer);
        self.givers.trace(tracer);
    }
}

/// Items and who waits are of this process: others get an empty queue.
pub const PORTABLE: Portable = Portable {
    name: "Queue",
    take_apart: |vm, queue| {
        let maximum = RData::new(queue).and_then(|data| data.read::<QueueData>(&vm.heap)).map(|data| data.maximum);
        let Some(maximum) = maximum else { return Ok(None) };
        let maximum = vm.int(i64::try_from(maximum).unwrap_or(i64::MAX));
        Ok(RArray::new(vm.array(&[maximum])))
    },
    allocate,
    put_together: |vm, queue, values| {
        let maximum = values.get(0).and_then(Value::as_fixnum).and_then(|maximum| usize::try_from(maximum).ok());
        let items = vm.new_array();
        let data = vm.native::<QueueData>(queue, "Thread::Queue")?;
        data.maximum = maximum.filter(|&maximum| maximum < i64::MAX as usize).unwrap_or(usize::MAX);
        if data.items.is_nil() {
            data.items = items.value();
        }
        Ok(())
    },
};

pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    let data = QueueData { items: Value::NIL, closed: false, maximum: usize::MAX, takers: WaitLine::default(), givers: WaitLine::default() };
    Ok(vm.data(class, Box::new(data)))
}

fn takers(heap: &mut Heap, queue: Value) -> Option<&mut WaitLine> {
    RData::new(queue)?.change::<QueueData>(heap).map(|data| &mut data.takers)
}

fn givers(heap: &mut Heap, queue: Value) -> Option<&mut WaitLine> {
    RData::new(queue)?.change::<QueueData>(heap).map(|data| &mut data.givers)
}

/// The queue and its items; TypeError when it was not initialised.
fn queue_data(vm: &mut Vm, queue: Value) -> RResult<(&mut QueueData, RArray)> {
    match RArray::new(vm.native::<QueueData>(queue, "Thread::Queue")?.items) {
        Some(items) => Ok((vm.native(queue, "Thread::Queue")?, items)),
        None => {
            let name = vm.class_name_of(queue);
            Err(vm.type_error(&format!("{name} not initialized")))
        }
    }
}

fn closed_error(vm: &mut Vm) -> Raised {
    let class = vm.core.closed_queue_error;
    vm.raise(class, "queue closed")
}

fn deadline(vm: &mut Vm, keywords: Keywords, non_block: bool) -> RResult<Option<Instant>> {
    keywords.check(vm, &["timeout"])?;
    let given = keywords.get(vm, "timeout");
    if non_block && given.is_some_and(|given| !given.is_nil()) {
        return Err(vm.argument_error("can't set a timeout if non_block is enabled"));
    }
    Ok(super::timeout(vm, given)?.map(super::after))
}

fn pop(vm: &mut Vm, this: Value, non_block: Option<Value>, keywords: Keywords) -> RResult {
    let non_block = non_block.is_some_and(Value::truthy);
    let until = deadline(vm, keywords, non_block)?;
    loop {
        let (data, items) = queue_data(vm, this)?;
        let closed = data.closed;
        if let Some(item) = items.shift() {
            vm.wake_next(this, givers)?;
            return Ok(item);
        }
        if non_block {
            return Err(vm.thread_error("queue empty"));
        }
        if closed || until.is_some_and(|until| Instant::now() >= until) {
            return Ok(Value::NIL);
        }
        vm.wait_in_line(this, takers, until.map_or(Wait::Deadly, Wait::Until))?;
    }
}

fn push(vm: &mut Vm, this: Value, item: Value) -> RResult {
    let (data, items) = queue_data(vm, this)?;
    if data.closed {
        return Err(closed_error(vm));
    }
    vm.push(items, item)?;
    vm.wake_next(this, takers)?;
    Ok(this)
}

/// Queue, and what SizedQueue inherits.
pub struct Queues;

#[ruby_methods("Thread::Queue")]
impl Queues {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, initial: Option<Value>) -> RResult<()> {
        let items = vm.new_array();
        if let Some(initial) = initial {
            let list = initial_items(vm, initial)?;
            items.extend(list.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())?;
        }
        vm.native::<QueueData>(this, "Thread::Queue")?.items = items.value();
        Ok(())
    }

    #[method("push", "<<", "enq")]
    fn push(vm: &mut Vm, this: Value, item: Value) -> RResult {
        push(vm, this, item)
    }

    #[method("pop", "shift", "deq")]
    fn pop(vm: &mut Vm, this: Value, non_block: Option<Value>, keywords: Keywords) -> RResult {
        pop(vm, this, non_block, keywords)
    }

    #[method("length", "size")]
    fn length(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(queue_data(vm, this)?.1.len() as i64)
    }

    #[method("empty?")]
    fn is_empty(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(queue_data(vm, this)?.1.is_empty())
    }

    #[method("clear")]
    fn clear(vm: &mut Vm, this: Value) -> RResult {
        queue_data(vm, this)?.1.clear();
        vm.wake_all(this, givers)?;
        Ok(this)
    }

    #[method("close")]
    fn close(vm: &mut Vm, this: Value) -> RResult {
        queue_data(vm, this)?.0.closed = true;
        vm.wake_all(this, takers)?;
        vm.wake_all(this, givers)?;
        Ok(this)
    }

    #[method("closed?")]
    fn is_closed(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(queue_data(vm, this)?.0.closed)
    }

    #[method("num_waiting")]
    fn waiting(vm: &mut Vm, this: Value) -> RResult<i64> {
        let data = queue_data(vm, this)?.0;
        Ok((data.takers.len() + data.givers.len()) as i64)
    }

    #[method("freeze")]
    fn freeze(vm: &mut Vm, this: Value) -> RResult {
        let shown = vm.inspect_text(this)?;
        Err(vm.type_error(&format!("cannot freeze {shown}")))
    }

    #[method("marshal_dump")]
    fn dump(vm: &mut Vm, this: Value) -> RResult {
        let name = vm.class_name_of(this);
        Err(vm.type_error(&format!("can't dump {name}")))
    }
}

fn initial_items(vm: &mut Vm, initial: Value) -> RResult<RArray> {
    if let Some(list) = RArray::new(initial) {
        return Ok(list);
    }
    let to_a = vm.intern("to_a");
    let name = vm.class_name_of(initial);
    if !vm.responds_to(initial, to_a, true)? {
        return Err(vm.type_error(&format!("can't convert {name} into Array")));
    }
    let list = vm.call(initial, to_a, &[])?;
    match RArray::new(list) {
        Some(list) => Ok(list),
        None => {
            let given = vm.class_name_of(list);
            Err(vm.type_error(&format!("can't convert {name} into Array ({name}#to_a gives {given})")))
        }
    }
}

/// SizedQueue.
pub struct SizedQueues;

fn read_maximum(vm: &mut Vm, maximum: Value) -> RResult<usize> {
    match usize::try_from(vm.to_i64(maximum)?) {
        Ok(maximum) if maximum > 0 => Ok(maximum),
        _ => Err(vm.argument_error("queue size must be positive")),
    }
}

#[ruby_methods("Thread::SizedQueue")]
impl SizedQueues {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, maximum: Value) -> RResult<()> {
        let maximum = read_maximum(vm, maximum)?;
        let items = vm.new_array();
        let data = vm.native::<QueueData>(this, "Thread::SizedQueue")?;
        data.items = items.value();
        data.maximum = maximum;
        Ok(())
    }

    #[method("max")]
    fn maximum(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(queue_data(vm, this)?.0.maximum as i64)
    }

    #[method("max=")]
    fn set_maximum(vm: &mut Vm, this: Value, maximum: Value) -> RResult {
        let number = read_maximum(vm, maximum)?;
        let before = std::mem::replace(&mut queue_data(vm, this)?.0.maximum, number);
        for _ in before..number {
            if !vm.wake_next(this, givers)? {
                break;
            }
        }
        Ok(maximum)
    }

    /// `push(item, non_block = false, timeout: nil)`
    #[method("push", "<<", "enq")]
    fn push(vm: &mut Vm, this: Value, item: Value, non_block: Option<Value>, keywords: Keywords) -> RResult {
        let non_block = non_block.is_some_and(Value::truthy);
        let until = deadline(vm, keywords, non_block)?;
        loop {
            let (data, items) = queue_data(vm, this)?;
            if data.closed {
                return Err(closed_error(vm));
            }
            if items.len() < data.maximum {
                return push(vm, this, item);
            }
            if non_block {
                return Err(vm.thread_error("queue full"));
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(Value::NIL);
            }
            vm.wait_in_line(this, givers, until.map_or(Wait::Deadly, Wait::Until))?;
        }
    }
}
