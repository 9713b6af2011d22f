//! The command line: one table of switches, the reader, the help text.

use crate::profiling::Profiling;
use compile::LoopSwitches;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Lines of `-e`.
    pub lines: Vec<Vec<u8>>,
    /// Script file; None reads standard input.
    pub script: Option<String>,
    /// Arguments of the script.
    pub arguments: Vec<OsString>,
    /// `-I` folders.
    pub load_path: Vec<String>,
    /// `-r` libraries.
    pub libraries: Vec<String>,
    /// `-C` folders.
    pub folders: Vec<String>,
    /// `-c`
    pub check_only: bool,
    /// `-n -p -l -a`
    pub switches: LoopSwitches,
    /// `-i` with its suffix.
    pub in_place: Option<String>,
    /// `-F`
    pub field_separator: Option<String>,
    /// `-0`
    pub record_separator: Option<Vec<u8>>,
    /// `-s`
    pub script_switches: bool,
    /// `-S`
    pub search_path: bool,
    /// `-x` with its folder.
    pub embedded: Option<String>,
    /// `$VERBOSE`, when set.
    pub verbose: Option<Option<bool>>,
    /// `-d`
    pub debug: bool,
    /// `--debug`, `--debug-frozen-string-literal`
    pub debug_literals: bool,
    /// Print the version first.
    pub show_version: bool,
    /// External and internal encoding.
    pub external: Option<String>,
    /// Internal encoding.
    pub internal: Option<String>,
    /// `-K`: encoding of the main source.
    pub source_encoding: Option<String>,
    /// `--disable=rubyopt`
    pub ignores_rubyopt: bool,
    /// `--enable`/`--disable` frozen-string-literal.
    pub frozen_string_literal: Option<bool>,
    /// `--disable=did_you_mean` or of gems.
    pub no_suggestions: bool,
    /// `--disable=gems`
    pub no_gems: bool,
    /// `--disable=error_highlight` or of gems.
    pub no_snippets: bool,
    /// Warning categories switched on or off.
    pub categories: Vec<(String, bool)>,
    /// `--backtrace-limit`
    pub backtrace_limit: Option<usize>,
    /// Items of `--dump`.
    pub dump: Vec<String>,
    /// Items of `--trace`.
    pub trace: Vec<String>,
    /// Items of `--jit`.
    pub jit: Vec<String>,
    /// Items of `--gc`.
    pub gc: Vec<String>,
    /// Items of `--panic`.
    pub panic: Vec<String>,
    /// `--profile`
    pub profiling: Option<Profiling>,
    /// `--store`
    pub store: Option<String>,
    /// `-Mpersistent` and `-Mcommit`: what the program defines is saved.
    pub is_persistent: bool,
    /// `-Mcommit`: a program that ends well is committed.
    pub commits: bool,
}

/// What to do besides running a script.
#[derive(Clone, Debug)]
pub enum Request {
    /// Run.
    Run(Box<Settings>),
    /// Print and leave.
    Print(String),
    /// Install the library: what `maglev library install` is given.
    InstallLibrary(Vec<OsString>),
}

/// The version line.
pub fn version() -> String {
    format!("maglev {} (ruby {}) [{}-linux]", env!("CARGO_PKG_VERSION"), crate::wire::RUBY_VERSION, std::env::consts::ARCH)
}

const COPYRIGHT: &str = "maglev - Copyright (C) 2026 the Maglev authors";

/// Rows of `--help`: switch and what it does. Standard switches keep CRuby's meaning.
const HELP: &[(&str, &str)] = &[
    ("-0[octal]", "Set input record separator ($/): -0 for \\0; -00 for paragraph mode; -0777 for slurp mode."),
    ("-a", "Split each input line ($_) into fields ($F)."),
    ("-c", "Check syntax (no execution)."),
    ("-Cdirpath", "Execute program in specified directory."),
    ("-d, --debug", "Set debugging flag ($DEBUG) to true."),
    ("-e 'code'", "Execute given Ruby code; multiple -e allowed."),
    ("-Eex[:in], --encoding=ex[:in]", "Set default external and internal encodings."),
    ("-Fpattern", "Set input field separator ($;); used with -a."),
    ("-i[extension]", "Set ARGF in-place mode; create backup files with given extension."),
    ("-Idirpath", "Prepend specified directory to load paths ($LOAD_PATH)."),
    ("-l", "Set output record separator ($\\) to $/; used for line-oriented output."),
    ("-n", "Run program in gets loop."),
    ("-p", "Like -n, with printing added."),
    ("-rlibrary", "Require the given library."),
    ("-s", "Define global variables using switches following program path."),
    ("-S", "Search directories found in the PATH environment variable."),
    ("-v", "Print version; set $VERBOSE to true."),
    ("-w", "Synonym for -W1."),
    ("-W[level=2|:category]", "Set warning flag ($-W): 0 for silent; 1 for moderate; 2 for verbose; :no-deprecated and the like for categories."),
    ("-x[dirpath]", "Execute Ruby code starting from a #!ruby line."),
    ("--backtrace-limit=num", "Set backtrace limit."),
    ("--copyright", "Print Ruby copyright."),
    ("--debug-frozen-string-literal", "Tell where String literals were written when they are changed."),
    (
        "--enable=features, --disable=features",
        "Enable or disable: frozen-string-literal (gems, did_you_mean, error_highlight, rubyopt, yjit and jit are accepted).",
    ),
    ("--external-encoding=encoding", "Set default external encoding."),
    ("--internal-encoding=encoding", "Set default internal encoding."),
    ("--verbose", "Set $VERBOSE to true."),
    ("--version", "Print version."),
    ("--yjit, --jit, --zjit", "Accepted and ignored: the compiler of maglev is on by default."),
    ("-h, --help", "Print this help message."),
];

/// Switches of our own.
const OWN_HELP: &[(&str, &str)] = &[
    ("--dump=items", "Print what is made on the way: bc (bytecode), ir, clif, asm, deopt."),
    ("--trace=items", "Trace to standard error: jit (compilations, exits, invalidations)."),
    (
        "--jit=items",
        "off; sync (compile in the foreground); threshold:N (calls before compiling); exit-every:N (force each N-th guard to exit); fail:N (every other compilation fails in step N of building, lowering, encoding, memory); tier:N (1: little is inlined, 2: everything, at once); perfmap (map for perf); stats (at the end: compile costs, exits, and what machine code left to the interpreter).",
    ),
    (
        "--gc=items",
        "stress:N (collect at each N-th allocation); verify (check the whole heap after each collection); limit:BYTES (size of the object heap).",
    ),
    (
        "--profile[=items]",
        "Sample where time goes; tell it at the end, and write a flame graph (maglev-profile.html): cpu (instead of wall time); alloc (bytes allocated instead); every:MICROSECONDS; FILE.html, FILE.json (speedscope), FILE.pb.gz (pprof), with %p for the process's number.",
    ),
    (
        "--panic=items",
        "What becomes of errors inside maglev: trace (print Rust's text); exit (end the process with 70); methods (define some that fail on purpose).",
    ),
    ("--store=path", "Folder of the object repository (also MAGLEV_STORE)."),
    ("-Mpersistent", "Save what the program defines, as in Maglev.persistent."),
    ("-Mcommit", "The same, and commit when the program has ended without an exception."),
    ("--install-library", "Install the standard library's Ruby files; as the first word, the others are those of `maglev library install`."),
];

fn help() -> String {
    let mut text = "Usage: maglev-ruby [options] [--] [filepath] [arguments]\n".to_string();
    for (rows, title) in [(HELP, ""), (OWN_HELP, "Options of maglev:\n")] {
        text.push_str(title);
        for (switch, what) in rows {
            if switch.len() > 17 {
                text.push_str(&format!("  {switch}\n{:20}{what}\n", ""));
            } else {
                text.push_str(&format!("  {switch:<18}{what}\n"));
            }
        }
    }
    text
}

/// Reads the arguments behind the program's name, then RUBYOPT, which they override. `Err` is the message and
/// nothing was done.
pub fn read(arguments: Vec<OsString>, rubyopt: Option<String>) -> Result<Request, String> {
    if arguments.first().is_some_and(|word| word == "--install-library") {
        return Ok(Request::InstallLibrary(arguments.into_iter().skip(1).collect()));
    }
    let mut reader = Reader { settings: Settings::default(), rest: arguments.into_iter(), word: Vec::new(), is_environment: false };
    while let Some(word) = reader.next() {
        if word == "--" {
            break;
        }
        if !word.starts_with('-') || word == "-" {
            reader.settings.script = Some(word);
            break;
        }
        if let Some(text) = reader.switch(&word)? {
            return Ok(Request::Print(text));
        }
    }
    let mut settings = reader.settings;
    let mut rest: Vec<OsString> = reader.rest.collect();
    if let Some(options) = rubyopt.filter(|_| !settings.ignores_rubyopt) {
        settings.add_environment(read_environment(&options)?);
    }
    if settings.lines.is_empty() {
        if settings.script.is_none() && !rest.is_empty() {
            settings.script = Some(rest.remove(0).to_string_lossy().into_owned());
        }
    } else if let Some(first) = settings.script.take() {
        rest.insert(0, first.into());
    }
    let names_input = settings.script.as_deref() == Some("-");
    if names_input {
        settings.script = None;
    }
    settings.arguments = rest;
    if settings.show_version && settings.lines.is_empty() && settings.script.is_none() && !names_input && !settings.check_only {
        return Ok(Request::Print(format!("{}\n", version())));
    }
    Ok(Request::Run(Box::new(settings)))
}

/// Switches that RUBYOPT may hold; the other letters and words decide what runs, which is the command line's.
const ENVIRONMENT_LETTERS: &str = "dvwWrIEUKTM";
const ENVIRONMENT_WORDS: &[&str] = &[
    "debug",
    "verbose",
    "enable",
    "disable",
    "encoding",
    "external-encoding",
    "internal-encoding",
    "backtrace-limit",
    "yjit",
    "zjit",
    "rjit",
    "jit",
    "gc",
    "dump",
    "trace",
    "profile",
    "store",
    "debug-frozen-string-literal",
];

fn read_environment(options: &str) -> Result<Settings, String> {
    let words: Vec<OsString> = options.split_whitespace().map(OsString::from).collect();
    let mut reader = Reader { settings: Settings::default(), rest: words.into_iter(), word: Vec::new(), is_environment: true };
    while let Some(word) = reader.next() {
        let word = if word.starts_with('-') { word } else { format!("-{word}") };
        if let Some(long) = word.strip_prefix("--") {
            let name = long.split('=').next().unwrap_or(long);
            if !ENVIRONMENT_WORDS.iter().any(|&known| {
                known == name || matches!(known, "enable" | "disable") && name.strip_prefix(known).is_some_and(|rest| rest.starts_with('-'))
            }) {
                return Err(format!("invalid switch in RUBYOPT: --{name} (RuntimeError)"));
            }
        }
        reader.switch(&word)?;
    }
    Ok(reader.settings)
}

impl Settings {
    /// Adds what RUBYOPT says where the command line says nothing.
    fn add_environment(&mut self, other: Settings) {
        self.load_path.extend(other.load_path);
        self.libraries.extend(other.libraries);
        self.verbose = self.verbose.or(other.verbose);
        self.debug |= other.debug;
        self.debug_literals |= other.debug_literals;
        self.show_version |= other.show_version;
        self.external = self.external.take().or(other.external);
        self.internal = self.internal.take().or(other.internal);
        self.source_encoding = self.source_encoding.take().or(other.source_encoding);
        self.frozen_string_literal = self.frozen_string_literal.or(other.frozen_string_literal);
        self.backtrace_limit = self.backtrace_limit.or(other.backtrace_limit);
        self.categories.splice(0..0, other.categories);
        for (own, more) in [(&mut self.dump, other.dump), (&mut self.trace, other.trace), (&mut self.jit, other.jit), (&mut self.gc, other.gc)] {
            own.splice(0..0, more);
        }
        self.store = self.store.take().or(other.store);
        self.is_persistent |= other.is_persistent;
        self.commits |= other.commits;
    }
}

struct Reader {
    settings: Settings,
    rest: std::vec::IntoIter<OsString>,
    /// The word read last, byte by byte.
    word: Vec<u8>,
    /// The words come from RUBYOPT.
    is_environment: bool,
}

impl Reader {
    /// The next word as text; `word` keeps its bytes.
    fn next(&mut self) -> Option<String> {
        self.word = self.rest.next()?.into_vec();
        Some(String::from_utf8_lossy(&self.word).into_owned())
    }

    fn value(&mut self, attached: &str, switch: &str) -> Result<String, String> {
        if !attached.is_empty() {
            return Ok(attached.to_string());
        }
        self.next().ok_or_else(|| format!("missing argument for {switch}"))
    }

    /// Reads one word of switches; a text means: print it and leave.
    fn switch(&mut self, word: &str) -> Result<Option<String>, String> {
        match word.strip_prefix("--") {
            Some(long) => self.long(long),
            None => self.short(&word[1..]),
        }
    }

    fn short(&mut self, letters: &str) -> Result<Option<String>, String> {
        let mut rest = letters;
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            if self.is_environment && !ENVIRONMENT_LETTERS.contains(letter) {
                return Err(format!("invalid switch in RUBYOPT: -{letter} (RuntimeError)"));
            }
            let settings = &mut self.settings;
            match letter {
                'a' => settings.switches.a = true,
                'c' => settings.check_only = true,
                'd' => {
                    settings.debug = true;
                    settings.verbose = Some(Some(true));
                }
                'l' => settings.switches.l = true,
                'n' => settings.switches.n = true,
                'p' => {
                    settings.switches.n = true;
                    settings.switches.p = true;
                }
                's' => settings.script_switches = true,
                'S' => settings.search_path = true,
                'U' => set_encoding_once(&mut settings.internal, "default_internal", "UTF-8")?,
                'v' => {
                    settings.show_version = true;
                    settings.verbose = Some(Some(true));
                }
                'w' => settings.verbose = Some(Some(true)),
                'h' => return Ok(Some(help())),
                '0' => {
                    let digits: String = rest.chars().take_while(|c| ('0'..='7').contains(c)).take(3).collect();
                    rest = &rest[digits.len()..];
                    settings.record_separator = Some(record_separator(&digits));
                }
                _ => {
                    self.with_value(letter, rest)?;
                    rest = "";
                }
            }
        }
        Ok(None)
    }

    /// Switches whose value is the rest of the word, or the next one.
    fn with_value(&mut self, letter: char, attached: &str) -> Result<(), String> {
        match letter {
            'e' => {
                // The letters before attached code are ASCII, so that their number is that of their bytes.
                let before = String::from_utf8_lossy(&self.word).len() - attached.len();
                self.rest_value(attached).ok_or("no code specified for -e (RuntimeError)")?;
                let start = if attached.is_empty() { 0 } else { before };
                self.settings.lines.push(self.word[start..].to_vec());
            }
            'I' => {
                let value = self.value(attached, "-I")?;
                self.settings.load_path.extend(value.split(':').map(str::to_string));
            }
            'r' => {
                let value = self.value(attached, "-r")?;
                self.settings.libraries.push(value);
            }
            'C' | 'X' => {
                let value = self.rest_value(attached).ok_or("Can't chdir (fatal)")?;
                self.settings.folders.push(value);
            }
            'E' => {
                let value = self.value(attached, "-E")?;
                self.encodings("-E", &value)?;
            }
            'K' => self.kanji(attached)?,
            'F' => self.settings.field_separator = Some(attached.to_string()),
            'i' => self.settings.in_place = Some(attached.to_string()),
            'x' => self.settings.embedded = Some(attached.to_string()),
            'W' => self.warnings(attached),
            'M' if attached == "persistent" || attached == "commit" => {
                self.settings.is_persistent = true;
                self.settings.commits |= attached == "commit";
            }
            other => return Err(format!("invalid option -{other}  (-h will show valid options) (RuntimeError)")),
        }
        Ok(())
    }

    fn rest_value(&mut self, attached: &str) -> Option<String> {
        if attached.is_empty() { self.next() } else { Some(attached.to_string()) }
    }

    fn kanji(&mut self, code: &str) -> Result<(), String> {
        let name = match code.chars().next() {
            Some('e' | 'E') => "EUC-JP",
            Some('s' | 'S') => "Windows-31J",
            Some('u' | 'U') => "UTF-8",
            Some('a' | 'A' | 'n' | 'N') => "ASCII-8BIT",
            _ => return Ok(()),
        };
        set_encoding_once(&mut self.settings.source_encoding, "source", name)?;
        set_encoding_once(&mut self.settings.external, "default_external", name)
    }

    /// `external[:internal]`
    fn encodings(&mut self, switch: &str, value: &str) -> Result<(), String> {
        let mut parts = value.splitn(3, ':');
        let (outer, inner, extra) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
        if let Some(extra) = extra {
            return Err(format!("extra argument for {switch}: {extra} (RuntimeError)"));
        }
        if !outer.is_empty() {
            set_encoding_once(&mut self.settings.external, "default_external", outer)?;
        }
        if !inner.is_empty() {
            set_encoding_once(&mut self.settings.internal, "default_internal", inner)?;
        }
        Ok(())
    }

    fn warnings(&mut self, value: &str) {
        match value {
            "0" => self.settings.verbose = Some(None),
            "1" => self.settings.verbose = Some(Some(false)),
            _ => match value.strip_prefix(':') {
                Some(category) => {
                    let (name, on) = category.strip_prefix("no-").map_or((category, true), |name| (name, false));
                    self.settings.categories.push((name.to_string(), on));
                }
                None => self.settings.verbose = Some(Some(true)),
            },
        }
    }

    fn long(&mut self, word: &str) -> Result<Option<String>, String> {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value.to_string())));
        match name {
            "version" => return Ok(Some(format!("{}\n", version()))),
            "copyright" => return Ok(Some(format!("{COPYRIGHT}\n"))),
            "help" => return Ok(Some(help())),
            "verbose" => self.settings.verbose = Some(Some(true)),
            "debug" => {
                self.settings.debug = true;
                self.settings.debug_literals = true;
                self.settings.verbose = Some(Some(true));
            }
            "debug-frozen-string-literal" => self.settings.debug_literals = true,
            "yjit" | "zjit" | "rjit" => eprintln!("maglev-ruby: note: --{name} is ignored; see --jit in --help"),
            "enable" | "disable" => {
                let features = self.long_value(name, value)?;
                self.features(&features, name == "enable");
            }
            "jit" if value.is_none() => eprintln!("maglev-ruby: note: --jit is ignored; the compiler is on by default"),
            "dump" | "trace" | "jit" | "gc" | "panic" => {
                let items = self.long_value(name, value)?;
                self.items(name, &items)?;
            }
            "profile" => self.settings.profiling = Some(Profiling::read(value.as_deref())?),
            "store" => self.settings.store = Some(self.long_value(name, value)?),
            "external-encoding" => {
                let value = self.long_value(name, value)?;
                set_encoding_once(&mut self.settings.external, "default_external", &value)?;
            }
            "internal-encoding" => {
                let value = self.long_value(name, value)?;
                set_encoding_once(&mut self.settings.internal, "default_internal", &value)?;
            }
            "encoding" => {
                let value = self.long_value(name, value)?;
                self.encodings("--encoding", &value)?;
            }
            "backtrace-limit" => {
                let value = self.long_value(name, value)?;
                match value.parse::<i64>() {
                    Ok(limit) if limit >= -1 => self.settings.backtrace_limit = usize::try_from(limit).ok(),
                    _ => return Err("wrong limit for backtrace length (RuntimeError)".to_string()),
                }
            }
            _ => match name
                .strip_prefix("enable-")
                .map(|feature| (feature, true))
                .or_else(|| name.strip_prefix("disable-").map(|feature| (feature, false)))
            {
                Some((feature, on)) => {
                    let feature = feature.to_string();
                    self.features(&feature, on);
                }
                None => return Err(format!("invalid option --{name}  (-h will show valid options) (RuntimeError)")),
            },
        }
        Ok(None)
    }

    fn long_value(&mut self, name: &str, value: Option<String>) -> Result<String, String> {
        value.or_else(|| self.next()).ok_or_else(|| format!("missing argument for --{name}"))
    }

    fn features(&mut self, list: &str, on: bool) {
        for feature in list.split(',') {
            let feature = feature.replace('_', "-");
            if matches!(feature.as_str(), "frozen-string-literal" | "all") {
                self.settings.frozen_string_literal = Some(on);
            }
            if matches!(feature.as_str(), "rubyopt" | "all") {
                self.settings.ignores_rubyopt = !on;
            }
            if matches!(feature.as_str(), "all" | "gem" | "gems") {
                self.settings.no_gems = !on;
            }
            if matches!(feature.as_str(), "all" | "gem" | "gems" | "did-you-mean") {
                self.settings.no_suggestions = !on;
            }
            if matches!(feature.as_str(), "all" | "gem" | "gems" | "error-highlight") {
                self.settings.no_snippets = !on;
            }
            if !FEATURES.contains(&feature.as_str()) {
                eprintln!("maglev-ruby: warning: unknown argument for --{}: '{feature}'", if on { "enable" } else { "disable" });
            }
        }
    }

    fn items(&mut self, name: &str, list: &str) -> Result<(), String> {
        let (target, known): (&mut Vec<String>, &[&str]) = match name {
            "dump" => (&mut self.settings.dump, &["bc", "ir", "clif", "asm", "deopt"]),
            "trace" => (&mut self.settings.trace, &["jit"]),
            "jit" => (&mut self.settings.jit, &["off", "sync", "threshold", "exit-every", "fail", "perfmap", "stats", "tier"]),
            "panic" => (&mut self.settings.panic, &["trace", "exit", "methods"]),
            _ => (&mut self.settings.gc, &["stress", "limit", "verify"]),
        };
        for item in list.split(',') {
            let key = item.split(':').next().unwrap_or("");
            if !known.contains(&key) {
                return Err(format!("--{name}={item}: unknown item; known are {}", known.join(", ")));
            }
            if let Some(number) = item.split_once(':').map(|(_, number)| number)
                && number.parse::<u64>().is_err()
            {
                return Err(format!("--{name}={item}: {number} is not a number"));
            }
            if key == "tier" && !matches!(item, "tier:1" | "tier:2") {
                return Err(format!("--{name}={item}: the tiers are 1 and 2"));
            }
            target.push(item.to_string());
        }
        Ok(())
    }
}

/// Features of `--enable`; some are accepted for CRuby's sake and change nothing.
const FEATURES: &[&str] =
    &["all", "gem", "gems", "did-you-mean", "error-highlight", "syntax-suggest", "rubyopt", "frozen-string-literal", "jit", "yjit", "zjit", "rjit"];

/// An encoding may be named twice only if it is the same.
fn set_encoding_once(target: &mut Option<String>, what: &str, name: &str) -> Result<(), String> {
    match target {
        Some(set) if !set.eq_ignore_ascii_case(name) => Err(format!("{what} already set to {set} (RuntimeError)")),
        _ => {
            *target = Some(name.to_string());
            Ok(())
        }
    }
}

/// The separator that `-0` and its octal digits mean.
fn record_separator(digits: &str) -> Vec<u8> {
    match u32::from_str_radix(digits, 8) {
        Err(_) => vec![0],
        Ok(0) if digits.len() > 1 || digits == "0" => Vec::new(),
        Ok(code) if code > 0o377 => vec![0xff, 0xff],
        Ok(code) => vec![code as u8],
    }
}

/// Number of an item `name:N`.
pub fn number_of(items: &[String], name: &str) -> Option<u64> {
    items.iter().find_map(|item| item.strip_prefix(name)?.strip_prefix(':')?.parse().ok())
}
