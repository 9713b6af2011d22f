//! Encoding::Converter.
//!
//! Source: CRuby 4.0 behaviour; the conversion itself is `text::transcode::Converter`.

use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use text::Encoding;
use text::transcode::{Converter, Failure, Limits, Newline, OnFault, Options, Outcome, Xml, ascii_compatible_form, conversion_path, fault_of};
use vm::{Keywords, RArray, RResult, RString, Raised, Value, Vm};

/// Flags of `new` and `primitive_convert`, as the constants name them.
const FLAGS: &[(&str, i64)] = &[
    ("INVALID_MASK", 0xF),
    ("INVALID_REPLACE", 2),
    ("UNDEF_MASK", 0xF0),
    ("UNDEF_REPLACE", 0x20),
    ("UNDEF_HEX_CHARREF", 0x30),
    ("UNIVERSAL_NEWLINE_DECORATOR", 0x100),
    ("CRLF_NEWLINE_DECORATOR", 0x1000),
    ("CR_NEWLINE_DECORATOR", 0x2000),
    ("LF_NEWLINE_DECORATOR", 0x4000),
    ("XML_TEXT_DECORATOR", 0x8000),
    ("XML_ATTR_CONTENT_DECORATOR", 0x1_0000),
    ("XML_ATTR_QUOTE_DECORATOR", 0x10_0000),
    ("PARTIAL_INPUT", PARTIAL_INPUT),
    ("AFTER_OUTPUT", AFTER_OUTPUT),
];
const PARTIAL_INPUT: i64 = 0x2_0000;
const AFTER_OUTPUT: i64 = 0x4_0000;

/// Native part of an Encoding::Converter.
struct ConverterData {
    converter: Converter,
    ends: Option<(Encoding, Encoding)>,
    replacement: Option<(Vec<u8>, Encoding)>,
    outcome: Outcome,
    failure: Option<Failure>,
    is_finished: bool,
}

/// What `allocate` makes: nothing until `initialize` ran.
#[derive(Default)]
struct Holder(Option<ConverterData>);

impl NativeData for Holder {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// The class and its constants.
pub fn init(vm: &mut Vm) {
    let (encoding, object) = (vm.core.encoding, vm.core.object);
    let class = vm.define_class_under(encoding, "Converter", object);
    vm.set_allocator(class, |vm, class| Ok(vm.data(class, Box::<Holder>::default())));
    for &(name, flag) in FLAGS {
        let name = vm.intern(name);
        vm.set_constant_raw(vm.class_view(class), name, Value::small(flag));
    }
    vm.define_groups(&[Converters::GROUP]);
}

fn data(vm: &mut Vm, this: Value) -> RResult<&mut ConverterData> {
    if vm.native::<Holder>(this, "Encoding::Converter")?.0.is_none() {
        return Err(vm.type_error("uninitialized Encoding::Converter"));
    }
    Ok(vm.native::<Holder>(this, "Encoding::Converter")?.0.as_mut().expect("checked"))
}

/// An encoding argument: the encoding, or a name that is none.
enum Named {
    Known(Encoding),
    Unknown(String),
}

impl Named {
    fn of(vm: &mut Vm, value: Value) -> RResult<Named> {
        if let Some(encoding) = vm.encoding_in(value) {
            return Ok(Named::Known(encoding));
        }
        let name = vm.to_str(value)?.to_text();
        Ok(vm.find_encoding(&name).map_or_else(|| Named::Unknown(name), Named::Known))
    }

    fn name(&self) -> &str {
        match self {
            Named::Known(encoding) => encoding.name(),
            Named::Unknown(name) => name,
        }
    }
}

fn not_found(vm: &mut Vm, description: &str) -> Raised {
    let class = vm.class_at("Encoding::ConverterNotFoundError");
    vm.raise(class, &format!("code converter not found ({description})"))
}

/// `UTF-8 to EUC-JP with crlf_newline`
fn description(from: &str, to: &str, decorators: &[&str]) -> String {
    let ways: Vec<&str> = [from, to].into_iter().filter(|name| !name.is_empty()).collect();
    match (ways.is_empty(), decorators.is_empty()) {
        (true, true) => "no-conversion".to_string(),
        (true, false) => decorators.join(","),
        (false, true) => ways.join(" to "),
        (false, false) => format!("{} with {}", ways.join(" to "), decorators.join(",")),
    }
}

/// The names of what the options do beside conversion, in the order in which it is done.
fn decorators(options: &Options) -> Vec<&'static str> {
    let mut names = match options.xml {
        Some(Xml::Text) => vec!["xml_text_escape"],
        Some(Xml::Attr) => vec!["xml_attr_content_escape", "xml_attr_quote"],
        None => vec![],
    };
    names.extend(match options.newline {
        Newline::Keep => None,
        Newline::Universal => Some("universal_newline"),
        Newline::Crlf => Some("crlf_newline"),
        Newline::Cr => Some("cr_newline"),
        Newline::Lf => Some("lf_newline"),
    });
    names
}

fn options_of_flags(flags: i64) -> Options {
    let replaces = |set: bool| if set { OnFault::Replace(None) } else { OnFault::Raise };
    let newline = [(0x100, Newline::Universal), (0x1000, Newline::Crlf), (0x2000, Newline::Cr), (0x4000, Newline::Lf)];
    Options {
        invalid: replaces(flags & 0xF == 2),
        undef: replaces(flags & 0xF0 == 0x20),
        newline: newline.into_iter().find(|(flag, _)| flags & flag != 0).map_or(Newline::Keep, |(_, newline)| newline),
        xml: match flags & 0x1_8000 {
            0 => None,
            0x8000 => Some(Xml::Text),
            _ => Some(Xml::Attr),
        },
        hex_references: flags & 0xF0 == 0x30,
    }
}

/// The ends and options that `new` and `search_convpath` are given.
fn request(vm: &mut Vm, from: Value, to: Value, flags: Option<Value>, keywords: Keywords) -> RResult<(Option<(Encoding, Encoding)>, Options)> {
    let (from, to) = (Named::of(vm, from)?, Named::of(vm, to)?);
    let target = if let Named::Known(to) = to { to } else { Encoding::BINARY };
    let options = match flags.filter(|flags| !flags.is_nil()) {
        Some(flags) => options_of_flags(vm.to_i64(flags)?),
        None => vm.transcode_options(keywords, target)?,
    };
    let newlines = vm.newline_decorators(keywords);
    let names = if newlines.len() > 1 { newlines.clone() } else { decorators(&options) };
    let ends = match (&from, &to) {
        (Named::Unknown(from), Named::Unknown(to)) if from.is_empty() && to.is_empty() => None,
        (&Named::Known(from), &Named::Known(to)) if conversion_path(from, to).is_some() && newlines.len() < 2 => Some((from, to)),
        _ => return Err(not_found(vm, &description(from.name(), to.name(), &names))),
    };
    Ok((ends, options))
}

/// The request that a list of steps and decorators stands for.
fn request_of_path(vm: &mut Vm, path: RArray) -> RResult<(Option<(Encoding, Encoding)>, Options)> {
    let mut ends: Option<(Encoding, Encoding)> = None;
    let mut options = Options::default();
    for &step in vm.roots.values(path.as_slice(&vm.heap)).iter() {
        let Some(pair) = RArray::new(step) else {
            let name = vm.to_str(step)?.to_text();
            match name.as_str() {
                "universal_newline" => options.newline = Newline::Universal,
                "crlf_newline" => options.newline = Newline::Crlf,
                "cr_newline" => options.newline = Newline::Cr,
                "lf_newline" => options.newline = Newline::Lf,
                "xml_text_escape" => options.xml = Some(Xml::Text),
                "xml_attr_content_escape" | "xml_attr_quote" => options.xml = Some(Xml::Attr),
                _ => return Err(vm.argument_error(&format!("decoration failed: {name}"))),
            }
            continue;
        };
        let &[from, to] = pair.as_slice(&vm.heap) else { return Err(vm.argument_error("not a 2-element array in convpath")) };
        let (from, to) = (Named::of(vm, from)?, Named::of(vm, to)?);
        match (&from, &to) {
            (&Named::Known(from), &Named::Known(to)) if conversion_path(from, to).is_some() => {
                ends = Some((ends.map_or(from, |(first, _)| first), to));
            }
            _ => return Err(vm.argument_error(&format!("adding conversion failed: {} to {}", from.name(), to.name()))),
        }
    }
    Ok((ends, options))
}

/// `[[from, to], ..., "decorator"]`
fn path_value(vm: &mut Vm, path: &[Encoding], options: &Options) -> RResult {
    let list = vm.new_array();
    // Decorators work on ASCII: they come before the last step where that leads to an encoding without it.
    let before_last = path.last().is_some_and(|&to| ascii_compatible_form(to).is_some());
    let steps = path.windows(2).len();
    for (index, step) in path.windows(2).enumerate() {
        if before_last && index + 1 == steps {
            push_decorators(vm, list, options)?;
        }
        let pair = [vm.encoding_object(step[0]), vm.encoding_object(step[1])];
        let pair = vm.array(&pair);
        vm.push(list, pair)?;
    }
    if !before_last {
        push_decorators(vm, list, options)?;
    }
    Ok(list.value())
}

fn push_decorators(vm: &mut Vm, list: RArray, options: &Options) -> RResult<()> {
    decorators(options).into_iter().try_for_each(|name| {
        let name = vm.str_ascii(name);
        vm.push(list, name).map(|_| ())
    })
}

/// The encoding that text is put out in by hand.
fn output_encoding(data: &ConverterData) -> Encoding {
    data.ends.map_or(Encoding::US_ASCII, |(_, to)| ascii_compatible_form(to).unwrap_or(to))
}

/// Converts a piece and notes how that ended.
fn run(data: &mut ConverterData, source: &[u8], out: &mut Vec<u8>, limits: Limits) -> (usize, Outcome) {
    let (taken, outcome) = data.converter.convert(source, out, limits);
    data.outcome = outcome;
    data.failure = data.converter.failure.take();
    (taken, outcome)
}

fn last_error(vm: &mut Vm, this: Value) -> RResult<Option<Value>> {
    let data = data(vm, this)?;
    let Some(failure) = data.failure.clone() else { return Ok(None) };
    let fault = fault_of(data.outcome, &failure, data.converter.path());
    vm.conversion_error(&fault, failure.step.0, failure.step.1).map(Some)
}

/// Converts all of a text for `convert` and `finish`.
fn convert_all(vm: &mut Vm, this: Value, source: &[u8], partial: bool) -> RResult {
    let data = data(vm, this)?;
    let mut out = Vec::new();
    run(data, source, &mut out, Limits { room: usize::MAX, partial, after_output: false });
    let encoding = data.ends.map(|(_, to)| to);
    if let Some(error) = last_error(vm, this)? {
        return Err(vm.raise_exception(error));
    }
    let encoding = encoding.unwrap_or_else(|| vm.default_external());
    vm.try_string(&out, encoding)
}

/// A text in an encoding; UndefinedConversionError and the like where it has no place there.
fn converted(vm: &mut Vm, text: RString, to: Encoding) -> RResult<Vec<u8>> {
    let bytes = text.bytes().to_vec();
    if text.encoding() == to || text.is_ascii_only() {
        return Ok(bytes);
    }
    let result = text::transcode::transcode_strict(&bytes, text.encoding(), to);
    result.map_err(|fault| vm.raise_fault(&fault, text.encoding(), to))
}

/// Size or offset that must not be negative.
fn natural(vm: &mut Vm, value: Option<Value>, what: &str) -> RResult<Option<usize>> {
    let Some(value) = value.filter(|value| !value.is_nil()) else { return Ok(None) };
    let number = vm.to_i64(value)?;
    usize::try_from(number).map(Some).map_err(|_| vm.argument_error(&format!("negative {what}")))
}

/// The flags of `primitive_convert`.
fn convert_flags(vm: &mut Vm, flags: Option<Value>, keywords: Keywords) -> RResult<(bool, bool)> {
    if let Some(flags) = flags.filter(|flags| !flags.is_nil()) {
        let flags = vm.to_i64(flags)?;
        return Ok((flags & PARTIAL_INPUT != 0, flags & AFTER_OUTPUT != 0));
    }
    let mut is_set = |name| keywords.get(vm, name).is_some_and(Value::truthy);
    Ok((is_set("partial_input"), is_set("after_output")))
}

/// Methods.
pub struct Converters;

#[ruby_methods("Encoding::Converter")]
impl Converters {
    /// The encoding with ASCII that stands for one without, or nil.
    #[singleton("asciicompat_encoding")]
    fn ascii_compatible(vm: &mut Vm, _this: Value, encoding: Value) -> RResult {
        match Named::of(vm, encoding)? {
            Named::Known(encoding) => Ok(ascii_compatible_form(encoding).map_or(Value::NIL, |form| vm.encoding_object(form))),
            Named::Unknown(_) => Ok(Value::NIL),
        }
    }

    #[singleton("search_convpath")]
    fn search_path(vm: &mut Vm, _this: Value, from: Value, to: Value, flags: Option<Value>, keywords: Keywords) -> RResult {
        let (ends, options) = request(vm, from, to, flags, keywords)?;
        let path = ends.and_then(|(from, to)| conversion_path(from, to)).unwrap_or_default();
        path_value(vm, &path, &options)
    }

    /// `new(source, destination, flags or **options)`, `new(path)`
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, from: Value, to: Option<Value>, flags: Option<Value>, keywords: Keywords) -> RResult<()> {
        let (ends, options) = match (RArray::new(from), to) {
            (Some(path), None) => request_of_path(vm, path)?,
            (_, Some(to)) => request(vm, from, to, flags, keywords)?,
            (None, None) => return Err(vm.arity_error(1, 2, Some(3))),
        };
        let replacement = match keywords.get(vm, "replace").filter(|text| !text.is_nil()) {
            Some(text) => {
                let text = vm.to_str(text)?;
                Some((text.bytes().to_vec(), text.encoding()))
            }
            None => None,
        };
        let converter = Converter::new(ends, options).map_err(|error| vm.raise_text_error(&error))?;
        let made = ConverterData { converter, ends, replacement, outcome: Outcome::SourceBufferEmpty, failure: None, is_finished: false };
        vm.native::<Holder>(this, "Encoding::Converter")?.0 = Some(made);
        Ok(())
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let Some(data) = &vm.native::<Holder>(this, "Encoding::Converter")?.0 else { return Ok("#<Encoding::Converter: uninitialized>".to_string()) };
        let (from, to) = data.ends.map_or(("", ""), |(from, to)| (from.name(), to.name()));
        Ok(format!("#<Encoding::Converter: {}>", description(from, to, &decorators(data.converter.options()))))
    }

    #[method("convpath")]
    fn path(vm: &mut Vm, this: Value) -> RResult {
        let converter = &data(vm, this)?.converter;
        let (path, options) = (converter.path().to_vec(), converter.options().clone());
        path_value(vm, &path, &options)
    }

    #[method("source_encoding")]
    fn source(vm: &mut Vm, this: Value) -> RResult {
        Ok(data(vm, this)?.ends.map_or(Value::NIL, |(from, _)| vm.encoding_object(from)))
    }

    #[method("destination_encoding")]
    fn destination(vm: &mut Vm, this: Value) -> RResult {
        Ok(data(vm, this)?.ends.map_or(Value::NIL, |(_, to)| vm.encoding_object(to)))
    }

    /// `convert(text)`: more may follow.
    #[method("convert")]
    fn convert(vm: &mut Vm, this: Value, source: RString) -> RResult {
        if data(vm, this)?.is_finished {
            return Err(vm.argument_error("converter already finished"));
        }
        let source = source.bytes().to_vec();
        convert_all(vm, this, &source, true)
    }

    #[method("finish")]
    fn finish(vm: &mut Vm, this: Value) -> RResult {
        let data = data(vm, this)?;
        if std::mem::replace(&mut data.is_finished, true) {
            let encoding = data.ends.map_or(Encoding::US_ASCII, |(_, to)| to);
            return vm.try_string(b"", encoding);
        }
        convert_all(vm, this, b"", false)
    }

    /// `primitive_convert(source, destination, offset = nil, size = nil, flags or **options) -> symbol`
    #[method("primitive_convert")]
    fn primitive(vm: &mut Vm, this: Value, source: Value, target: RString, rest: &[Value], keywords: Keywords) -> RResult {
        if rest.len() > 3 {
            return Err(vm.arity_error(rest.len() + 2, 2, Some(5)));
        }
        let given = |index: usize| rest.get(index).copied();
        let offset = natural(vm, given(0), "output_byteoffset")?;
        let room = natural(vm, given(1), "output_bytesize")?.unwrap_or(usize::MAX);
        let (partial, after_output) = convert_flags(vm, given(2), keywords)?;
        let source = if source.is_nil() { None } else { Some(vm.to_str(source)?) };
        for text in source.into_iter().chain([target]) {
            vm.check_frozen(text.value())?;
        }
        let start = offset.unwrap_or(target.len());
        if start > target.len() {
            return Err(vm.argument_error("output_byteoffset too big"));
        }
        let mut out = target.bytes()[..start].to_vec();
        let input = source.map(|source| source.bytes().to_vec()).unwrap_or_default();
        let data = data(vm, this)?;
        let (taken, outcome) = run(data, &input, &mut out, Limits { room, partial, after_output });
        let encoding = data.ends.map_or(target.encoding(), |(_, to)| to);
        if let Some(source) = source {
            source.replace(&input[taken..], source.encoding()).ok_or_else(|| vm.no_memory())?;
        }
        target.replace(&out, encoding).ok_or_else(|| vm.no_memory())?;
        Ok(vm.symbol(outcome.name()))
    }

    #[method("primitive_errinfo")]
    fn error_info(vm: &mut Vm, this: Value) -> RResult {
        let data = data(vm, this)?;
        let (outcome, failure) = (data.outcome, data.failure.clone());
        let mut info = [vm.symbol(outcome.name()), Value::NIL, Value::NIL, Value::NIL, Value::NIL];
        if let Some(failure) = failure {
            info[1] = vm.str_ascii(failure.step.0.name());
            info[2] = vm.str_ascii(failure.step.1.name());
            info[3] = vm.string(&failure.bytes, Encoding::BINARY);
            info[4] = vm.string(&failure.again, Encoding::BINARY);
        }
        Ok(vm.array(&info))
    }

    #[method("last_error")]
    fn last_error(vm: &mut Vm, this: Value) -> RResult {
        Ok(last_error(vm, this)?.unwrap_or(Value::NIL))
    }

    /// Takes back bytes that would be read again.
    #[method("putback")]
    fn put_back(vm: &mut Vm, this: Value, most: Option<Value>) -> RResult {
        let most = natural(vm, most, "byte count")?.unwrap_or(usize::MAX);
        let data = data(vm, this)?;
        let bytes = data.converter.put_back(most);
        let encoding = data.ends.map_or(Encoding::BINARY, |(from, _)| from);
        vm.try_string(&bytes, encoding)
    }

    /// Puts a text out, next.
    #[method("insert_output")]
    fn insert(vm: &mut Vm, this: Value, text: RString) -> RResult<()> {
        let unicode = converted(vm, text, Encoding::UTF_8)?;
        if let Some((_, to)) = data(vm, this)?.ends {
            let has_place = text::transcode::transcode_strict(&unicode, Encoding::UTF_8, to);
            has_place.map_err(|fault| vm.raise_fault(&fault, Encoding::UTF_8, to))?;
        }
        data(vm, this)?.converter.insert_text(&String::from_utf8_lossy(&unicode));
        Ok(())
    }

    #[method("replacement")]
    fn replacement(vm: &mut Vm, this: Value) -> RResult {
        let data = data(vm, this)?;
        let (bytes, encoding) = match &data.replacement {
            Some((bytes, encoding)) => (bytes.clone(), *encoding),
            None if output_encoding(data) == Encoding::UTF_8 => ("\u{FFFD}".as_bytes().to_vec(), Encoding::UTF_8),
            None => (b"?".to_vec(), Encoding::US_ASCII),
        };
        vm.try_string(&bytes, encoding)
    }

    #[method("replacement=")]
    fn set_replacement(vm: &mut Vm, this: Value, text: RString) -> RResult {
        let data_now = data(vm, this)?;
        let (encoding, to) = (output_encoding(data_now), data_now.ends.map_or(Encoding::BINARY, |(_, to)| to));
        let bytes = text.bytes().to_vec();
        let plain = text.encoding() == encoding || text.is_ascii_only();
        let kept = if plain { Ok(bytes) } else { text::transcode::transcode_strict(&bytes, text.encoding(), encoding) };
        let Ok(kept) = kept else {
            let class = vm.class_at("Encoding::UndefinedConversionError");
            return Err(vm.raise(class, "replacement character setup failed"));
        };
        let written = if to == encoding { Ok(kept.clone()) } else { text::transcode::transcode_strict(&kept, encoding, to) };
        let data = data(vm, this)?;
        data.converter.set_replacement(written.as_deref().unwrap_or(&kept));
        data.replacement = Some((kept, encoding));
        Ok(text.value())
    }

    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        let is_converter = objects::RData::new(other).is_some_and(objects::RData::is::<Holder>);
        if !is_converter {
            return Ok(false);
        }
        let parts = |data: &ConverterData| (data.ends, data.converter.options().clone(), data.replacement.clone());
        let own = parts(data(vm, this)?);
        Ok(own == parts(data(vm, other)?))
    }
}
