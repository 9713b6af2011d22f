//! Command line of the conformance runner.
//!
//! Invariant: every value is checked here, so that the rest of the program never sees a wrong one; a message names
//! the value, what was expected and where the help is.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Text printed by `--help`.
pub const HELP: &str = "\
conformance: run ruby/spec's files with the real mspec on maglev-ruby and compare with the recorded tags

USAGE
    cargo run --release -p conformance -- [OPTIONS] PATH...

PATH is a folder or a file of ruby/spec, for example `language`, `core/array`, `language/if_spec.rb`.

WHERE THINGS ARE
    --binary PATH       the Ruby to test            [env MAGLEV_BINARY; default: maglev-ruby, built when needed]
    --spec DIR          ruby/spec, or a folder that holds spec/ruby            [env RUBY_SPEC_DIR]
    --mspec DIR         mspec                       [env MSPEC_DIR; default: looked for beside and inside --spec]
    --tags DIR          recorded tags               [default: conformance/tags; with --spec conformance/tags-head,
                                                     which belong to ruby/spec's current head]
                        Without --spec the source package ruby3.1 of Debian is fetched once, through a private
                        apt configuration, and unpacked under target/conformance.

HOW TO RUN
    --jobs N            files at a time             [default: 2]
    --timeout SECONDS   limit of a file             [default: 60]
    --memory MIB        limit of a file's processes [default: 2048]
    --switches TEXT     switches for the binary, split at spaces; may be repeated, e.g. \"--jit=threshold:1\"
                        (--runs is the same)
    --sample N/M        only the files number N, N+M, N+2M ... of the sorted list (N from 1 to M)
    --plain             use mspec's dotted formatter and read its summary line only (no tags are compared)

WHAT TO PRINT
    --files             a line a file as well as a line a folder
    --failures          the message of each failing example
    --json FILE         everything, as JSON
    --write-tags        rewrite the tags of the files that ran from what they did now
    -h, --help          this text

EXIT CODE
    0  every example did what the tags say
    1  an untagged example failed, a tagged one passed, or a file crashed or hung without a tag
    2  wrong arguments, or nothing could be run

TAGS
    conformance/tags/<path of the spec>.txt holds a line an example:  fails:DESCRIPTION  or  fails(REASON):DESCRIPTION
    crashes: and hangs: (with an optional reason) stand for the whole file.
";

/// What the command line asked for.
#[derive(Debug, Clone)]
pub struct Options {
    pub binary: Option<PathBuf>,
    pub spec: Option<PathBuf>,
    pub mspec: Option<PathBuf>,
    pub tags: Option<PathBuf>,
    pub jobs: usize,
    pub timeout: Duration,
    pub memory_bytes: u64,
    pub switches: Vec<String>,
    pub sample: Option<Sample>,
    pub formatter: Formatter,
    pub per_file: bool,
    pub failures: bool,
    pub json: Option<PathBuf>,
    pub write_tags: bool,
    pub paths: Vec<String>,
}

/// Every `step`-th file, starting with number `first` (from 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub first: usize,
    pub step: usize,
}

/// Where the results of a file come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formatter {
    /// Our recorder: a line an example.
    Recorder,
    /// mspec's own dotted formatter: the summary line.
    Summary,
}

/// What `parse` found.
pub enum Command {
    Run(Box<Options>),
    Help,
}

/// Reads the arguments (without the program's name) and the environment variables they default to.
pub fn parse(arguments: Vec<OsString>, env: impl Fn(&str) -> Option<OsString>) -> Result<Command, String> {
    use lexopt::Arg::{Long, Short, Value};
    let path_of = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let mut options = Options {
        binary: path_of("MAGLEV_BINARY"),
        spec: path_of("RUBY_SPEC_DIR"),
        mspec: path_of("MSPEC_DIR"),
        tags: None,
        jobs: 2,
        timeout: Duration::from_secs(60),
        memory_bytes: 2048 << 20,
        switches: Vec::new(),
        sample: None,
        formatter: Formatter::Recorder,
        per_file: false,
        failures: false,
        json: None,
        write_tags: false,
        paths: Vec::new(),
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let name = match argument {
            Short('h') => return Ok(Command::Help),
            Value(path) => {
                options.paths.push(path.into_string().map_err(|path| format!("PATH {path:?} is not UTF-8"))?);
                continue;
            }
            Long(name) => name.to_owned(),
            Short(_) => return Err(argument.unexpected().to_string()),
        };
        if name == "help" {
            return Ok(Command::Help);
        }
        apply(&mut options, &name, &mut parser)?;
    }
    if options.paths.is_empty() {
        return Err("no PATH given: name a folder or file of ruby/spec, e.g. `language`".into());
    }
    if options.write_tags && options.formatter == Formatter::Summary {
        return Err("--write-tags needs the result of each example, which --plain does not give".into());
    }
    Ok(Command::Run(Box::new(options)))
}

/// Applies the long option `name`.
fn apply(options: &mut Options, name: &str, parser: &mut lexopt::Parser) -> Result<(), String> {
    match name {
        "binary" => options.binary = Some(value(parser)?.into()),
        "spec" => options.spec = Some(value(parser)?.into()),
        "mspec" => options.mspec = Some(value(parser)?.into()),
        "tags" => options.tags = Some(value(parser)?.into()),
        "jobs" => options.jobs = number(parser, "--jobs", 1, 256)? as usize,
        "timeout" => options.timeout = Duration::from_secs(number(parser, "--timeout", 1, 86_400)?),
        "memory" => options.memory_bytes = number(parser, "--memory", 16, 1 << 20)? << 20,
        "switches" | "runs" => options.switches.extend(value(parser)?.split_whitespace().map(str::to_owned)),
        "sample" => options.sample = Some(sample(&value(parser)?)?),
        "plain" => options.formatter = Formatter::Summary,
        "files" => options.per_file = true,
        "failures" => options.failures = true,
        "json" => options.json = Some(value(parser)?.into()),
        "write-tags" => options.write_tags = true,
        other => return Err(format!("unknown option --{other}")),
    }
    Ok(())
}

fn value(parser: &mut lexopt::Parser) -> Result<String, String> {
    let value = parser.value().map_err(|error| error.to_string())?;
    value.into_string().map_err(|value| format!("{value:?} is not UTF-8"))
}

fn number(parser: &mut lexopt::Parser, name: &str, least: u64, most: u64) -> Result<u64, String> {
    let text = value(parser)?;
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("{name} {text}: expected a whole number from {least} to {most}"))
}

fn sample(text: &str) -> Result<Sample, String> {
    let wrong = || format!("--sample {text}: expected N/M with 1 <= N <= M, e.g. 1/10");
    let (first, step) = text.split_once('/').ok_or_else(wrong)?;
    let first: usize = first.parse().map_err(|_| wrong())?;
    let step: usize = step.parse().map_err(|_| wrong())?;
    if first == 0 || first > step {
        return Err(wrong());
    }
    Ok(Sample { first, step })
}

#[cfg(test)]
mod tests {
    use super::{Command, Formatter, Options, Sample, parse};

    fn options(line: &str) -> Result<Option<Options>, String> {
        let arguments = line.split_whitespace().map(Into::into).collect();
        Ok(match parse(arguments, |_| None)? {
            Command::Run(options) => Some(*options),
            Command::Help => None,
        })
    }

    #[test]
    fn reads_values() {
        let options = options("language core/array --jobs=3 --sample 2/5 --switches --jit=off --plain").unwrap().unwrap();
        assert_eq!(options.paths, ["language", "core/array"]);
        assert_eq!(options.jobs, 3);
        assert_eq!(options.sample, Some(Sample { first: 2, step: 5 }));
        assert_eq!(options.switches, ["--jit=off"]);
        assert_eq!(options.formatter, Formatter::Summary);
        assert_eq!(options.memory_bytes, 2 << 30);
    }

    #[test]
    fn wrong_arguments_name_the_value() {
        let rows = [
            ("", "no PATH given"),
            ("language --jobs 0", "--jobs 0: expected a whole number from 1 to 256"),
            ("language --timeout soon", "--timeout soon"),
            ("language --sample 3/2", "--sample 3/2"),
            ("language --sample 3", "expected N/M"),
            ("language --nonsense", "unknown option --nonsense"),
            ("language --plain --write-tags", "--write-tags needs"),
        ];
        for (line, expected) in rows {
            let message = options(line).unwrap_err();
            assert!(message.contains(expected), "{line}: {message}");
        }
    }

    #[test]
    fn help_wins() {
        assert!(options("--help").unwrap().is_none());
        assert!(options("language -h").unwrap().is_none());
    }
}
