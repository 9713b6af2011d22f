//! IO::ConsoleMode: how a terminal treats what is typed and written.

use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use rustix::termios::{InputModes, LocalModes, OutputModes, SpecialCodeIndex, Termios};
use vm::{Keywords, RResult, Value, Vm};

/// Native part of a mode; None before it is copied from another one.
#[derive(Clone, Default)]
pub struct Mode(pub Option<Termios>);

impl NativeData for Mode {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

const ECHO: LocalModes = LocalModes::ECHO.union(LocalModes::ECHOE).union(LocalModes::ECHOK).union(LocalModes::ECHONL);

/// Options of raw modes.
struct RawOptions {
    /// Bytes that a read waits for.
    least_bytes: u8,
    /// Tenths of a second that it waits.
    tenths: u8,
    /// Do keys interrupt the program?
    interrupts: bool,
}

impl RawOptions {
    fn from_keywords(vm: &mut Vm, keywords: Keywords) -> RResult<RawOptions> {
        keywords.check(vm, &["min", "time", "intr"])?;
        let mut options = RawOptions { least_bytes: 1, tenths: 0, interrupts: false };
        let mut given = |name| keywords.get(vm, name).filter(|value| !value.is_nil());
        let (least, seconds, interrupts) = (given("min"), given("time"), given("intr"));
        if let Some(least) = least {
            options.least_bytes = vm.to_i64(least)? as u8;
        }
        if let Some(seconds) = seconds {
            let tenths = vm.send(seconds, "*", &[Value::small(10)])?;
            options.tenths = vm.to_i64(tenths)? as u8;
        }
        options.interrupts = match interrupts {
            None | Some(Value::FALSE) => false,
            Some(Value::TRUE) => true,
            Some(other) => {
                let shown = vm.to_s_text(other)?;
                return Err(vm.argument_error(&format!("true or false expected as intr: {shown}")));
            }
        };
        Ok(options)
    }

    fn apply(&self, mode: &mut Termios) {
        mode.make_raw();
        mode.local_modes -= LocalModes::ECHOE | LocalModes::ECHOK;
        mode.special_codes[SpecialCodeIndex::VMIN] = self.least_bytes;
        mode.special_codes[SpecialCodeIndex::VTIME] = self.tenths;
        if self.interrupts {
            mode.input_modes |= InputModes::BRKINT;
            mode.local_modes |= LocalModes::ISIG;
            mode.output_modes |= OutputModes::OPOST;
        }
    }
}

/// The terminal's own editing of lines, with echo.
fn make_cooked(mode: &mut Termios) {
    mode.input_modes |= InputModes::BRKINT | InputModes::ISTRIP | InputModes::ICRNL | InputModes::IXON;
    mode.output_modes |= OutputModes::OPOST;
    mode.local_modes |= ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
}

/// The mode of an object; TypeError for other objects.
pub fn termios(vm: &mut Vm, this: Value) -> RResult<&mut Termios> {
    if vm.native::<Mode>(this, "console-mode")?.0.is_none() {
        return Err(vm.argument_error("uninitialized console mode"));
    }
    Ok(vm.native::<Mode>(this, "console-mode")?.0.as_mut().expect("just looked at"))
}

/// An object of IO::ConsoleMode.
pub fn make(vm: &mut Vm, mode: Termios) -> Value {
    let class = vm.class_at("IO::ConsoleMode");
    let class = vm.class_view(class);
    vm.data(class, Box::new(Mode(Some(mode))))
}

/// Methods of IO::ConsoleMode.
pub struct Modes;

#[ruby_methods("IO::ConsoleMode")]
impl Modes {
    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let copy = vm.native::<Mode>(other, "console-mode")?.clone();
        *vm.native::<Mode>(this, "console-mode")? = copy;
        Ok(this)
    }

    #[method("echo=")]
    fn set_echo(vm: &mut Vm, this: Value, echoes: Value) -> RResult {
        termios(vm, this)?.local_modes.set(ECHO, echoes.truthy());
        Ok(this)
    }

    #[method("echo?", private)]
    fn echoes(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(termios(vm, this)?.local_modes.intersects(LocalModes::ECHO | LocalModes::ECHONL))
    }

    #[method("raw!")]
    fn make_raw(vm: &mut Vm, this: Value, keywords: Keywords) -> RResult {
        let options = RawOptions::from_keywords(vm, keywords)?;
        options.apply(termios(vm, this)?);
        Ok(this)
    }

    #[method("raw")]
    fn raw(vm: &mut Vm, this: Value, keywords: Keywords) -> RResult {
        let options = RawOptions::from_keywords(vm, keywords)?;
        let mut copy = termios(vm, this)?.clone();
        options.apply(&mut copy);
        Ok(make(vm, copy))
    }

    #[method("cooked!", private)]
    fn make_cooked(vm: &mut Vm, this: Value) -> RResult {
        make_cooked(termios(vm, this)?);
        Ok(this)
    }
}
