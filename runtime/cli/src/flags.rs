//! The command line: one table of switches, the reader, the help text.

use compile::LoopSwitches;

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Lines of `-e`.
    pub lines: Vec<String>,
    /// Script file; None reads standard input.
    pub script: Option<String>,
    /// Arguments of the script.
    pub arguments: Vec<String>,
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
    /// Print the version first.
    pub show_version: bool,
    /// External and internal encoding.
    pub external: Option<String>,
    /// Internal encoding.
    pub internal: Option<String>,
    /// `--enable`/`--disable` frozen-string-literal.
    pub frozen_string_literal: Option<bool>,
    /// `--disable=did_you_mean` or of gems.
    pub no_suggestions: bool,
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
    /// `--store`
    pub store: Option<String>,
}

/// What to do besides running a script.
#[derive(Clone, Debug)]
pub enum Request {
    /// Run.
    Run(Box<Settings>),
    /// Print and leave.
    Print(String),
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
    ("--enable=features, --disable=features", "Enable or disable: frozen-string-literal (gems, did_you_mean, error_highlight, rubyopt, yjit and jit are accepted)."),
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
    ("--jit=items", "off; sync (compile in the foreground); threshold:N (calls before compiling); exit-every:N (force each N-th guard to exit); perfmap (map for perf)."),
    ("--gc=items", "stress:N (collect at each N-th allocation); limit:BYTES (size of the object heap)."),
    ("--store=path", "Folder of the object repository (also MAGLEV_STORE)."),
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

/// Reads the arguments behind the program's name. `Err` is the message and nothing was done.
pub fn read(arguments: Vec<String>, rubyopt: Option<String>) -> Result<Request, String> {
    let mut reader = Reader { settings: Settings::default(), rest: Vec::new().into_iter() };
    if let Some(options) = rubyopt {
        for word in options.split_whitespace() {
            let word = if word.starts_with('-') { word.to_string() } else { format!("-{word}") };
            if let Some(letter) = word.strip_prefix('-').and_then(|rest| rest.chars().next()).filter(|letter| "acehinpsSx0lCF".contains(*letter) && !word.starts_with("--")) {
                return Err(format!("invalid switch in RUBYOPT: -{letter} (RuntimeError)"));
            }
            if let Some(text) = reader.switch(&word)? {
                return Ok(Request::Print(text));
            }
        }
    }
    reader.rest = arguments.into_iter();
    while let Some(word) = reader.rest.next() {
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
    let mut rest: Vec<String> = reader.rest.collect();
    if settings.lines.is_empty() {
        if settings.script.is_none() && !rest.is_empty() {
            settings.script = Some(rest.remove(0));
        }
    } else if let Some(first) = settings.script.take() {
        rest.insert(0, first);
    }
    if settings.script.as_deref() == Some("-") {
        settings.script = None;
    }
    settings.arguments = rest;
    if settings.show_version && settings.lines.is_empty() && settings.script.is_none() && !settings.check_only {
        return Ok(Request::Print(format!("{}\n", version())));
    }
    Ok(Request::Run(Box::new(settings)))
}

struct Reader {
    settings: Settings,
    rest: std::vec::IntoIter<String>,
}

impl Reader {
    fn value(&mut self, attached: &str, switch: &str) -> Result<String, String> {
        if !attached.is_empty() {
            return Ok(attached.to_string());
        }
        self.rest.next().ok_or_else(|| format!("missing argument for {switch}"))
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
            let settings = &mut self.settings;
            match letter {
                'a' => settings.switches.a = true,
                'c' => settings.check_only = true,
                'd' => settings.debug = true,
                'l' => settings.switches.l = true,
                'n' => settings.switches.n = true,
                'p' => settings.switches.p = true,
                's' => settings.script_switches = true,
                'S' => settings.search_path = true,
                'U' => settings.internal = Some("UTF-8".to_string()),
                'v' => {
                    settings.show_version = true;
                    settings.verbose = Some(Some(true));
                }
                'w' => settings.verbose = Some(Some(true)),
                'h' => return Ok(Some(help())),
                'y' | 'T' => return Err(format!("invalid option -{letter}  (-h will show valid options)")),
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
                let line = self.rest_value(attached).ok_or("no code specified for -e (RuntimeError)")?;
                self.settings.lines.push(line);
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
                self.encodings(&value);
            }
            'K' => self.kanji(attached),
            'F' => self.settings.field_separator = Some(attached.to_string()),
            'i' => self.settings.in_place = Some(attached.to_string()),
            'x' => self.settings.embedded = Some(attached.to_string()),
            'W' => self.warnings(attached),
            other => return Err(format!("invalid option -{other}  (-h will show valid options) (RuntimeError)")),
        }
        Ok(())
    }

    fn rest_value(&mut self, attached: &str) -> Option<String> {
        if attached.is_empty() { self.rest.next() } else { Some(attached.to_string()) }
    }

    fn kanji(&mut self, code: &str) {
        let name = match code.chars().next() {
            Some('e' | 'E') => "EUC-JP",
            Some('s' | 'S') => "Windows-31J",
            Some('u' | 'U') => "UTF-8",
            _ => "ASCII-8BIT",
        };
        self.settings.external = Some(name.to_string());
    }

    fn encodings(&mut self, value: &str) {
        let (outer, inner) = value.split_once(':').map_or((value, None), |(outer, inner)| (outer, Some(inner)));
        if !outer.is_empty() {
            self.settings.external = Some(outer.to_string());
        }
        if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
            self.settings.internal = Some(inner.to_string());
        }
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
            "debug" => self.settings.debug = true,
            "yjit" | "zjit" | "rjit" | "debug-frozen-string-literal" => eprintln!("maglev-ruby: note: --{name} is ignored; see --jit in --help"),
            "enable" | "disable" => {
                let features = self.long_value(name, value)?;
                self.features(&features, name == "enable");
            }
            "jit" if value.is_none() => eprintln!("maglev-ruby: note: --jit is ignored; the compiler is on by default"),
            "dump" | "trace" | "jit" | "gc" => {
                let items = self.long_value(name, value)?;
                self.items(name, &items)?;
            }
            "store" => self.settings.store = Some(self.long_value(name, value)?),
            "external-encoding" => self.settings.external = Some(self.long_value(name, value)?),
            "internal-encoding" => self.settings.internal = Some(self.long_value(name, value)?),
            "encoding" => {
                let value = self.long_value(name, value)?;
                self.encodings(&value);
            }
            "backtrace-limit" => {
                let value = self.long_value(name, value)?;
                match value.parse::<i64>() {
                    Ok(limit) => self.settings.backtrace_limit = usize::try_from(limit).ok(),
                    Err(_) => return Err("wrong limit for backtrace length".to_string()),
                }
            }
            _ => match name.strip_prefix("enable-").map(|feature| (feature, true)).or_else(|| name.strip_prefix("disable-").map(|feature| (feature, false))) {
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
        value.or_else(|| self.rest.next()).ok_or_else(|| format!("missing argument for --{name}"))
    }

    fn features(&mut self, list: &str, on: bool) {
        for feature in list.split(',') {
            if matches!(feature, "frozen-string-literal" | "frozen_string_literal") {
                self.settings.frozen_string_literal = Some(on);
            } else if matches!(feature, "all" | "gem" | "gems" | "did_you_mean" | "did-you-mean") {
                self.settings.no_suggestions = !on;
            } else if !matches!(feature, "error_highlight" | "error-highlight" | "syntax_suggest" | "syntax-suggest" | "rubyopt" | "jit" | "yjit" | "zjit" | "rjit") {
                eprintln!("warning: unknown argument for --{}: '{feature}'", if on { "enable" } else { "disable" });
            }
        }
    }

    fn items(&mut self, name: &str, list: &str) -> Result<(), String> {
        let (target, known): (&mut Vec<String>, &[&str]) = match name {
            "dump" => (&mut self.settings.dump, &["bc", "ir", "clif", "asm", "deopt"]),
            "trace" => (&mut self.settings.trace, &["jit"]),
            "jit" => (&mut self.settings.jit, &["off", "sync", "threshold", "exit-every", "perfmap"]),
            _ => (&mut self.settings.gc, &["stress", "limit"]),
        };
        for item in list.split(',') {
            let key = item.split(':').next().unwrap_or("");
            if !known.contains(&key) {
                return Err(format!("--{name}={item}: unknown item; known are {}", known.join(", ")));
            }
            if let Some(number) = item.split_once(':').map(|(_, number)| number) {
                if number.parse::<u64>().is_err() {
                    return Err(format!("--{name}={item}: {number} is not a number"));
                }
            }
            target.push(item.to_string());
        }
        Ok(())
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
