//! Command line of the benchmark runner. Invariant: values are checked here, messages name what was expected.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Text printed by `--help`.
pub const HELP: &str = "\
perf: time the benchmark programs on maglev-ruby and on every other Ruby found, alternately

USAGE
    cargo run --release -p perf [-- [OPTIONS] [NAME...]]

NAME picks programs by name (`fib`, `nbody`); without one all of perf/bench run.

WHAT RUNS
    --binary PATH        our Ruby                       [env MAGLEV_BINARY; default: maglev-ruby, built when needed]
    --switches TEXT      switches for our Ruby, split at spaces; may be repeated
    --ruby NAME=COMMAND  one more peer, e.g. --ruby \"zjit=ruby --zjit\"; may be repeated
    --no-peers           only our Ruby and those named with --ruby; otherwise `ruby` and `ruby --yjit` when they work
    --micro              the small programs of perf/micro (time a single operation) instead of perf/bench
    --list               print the names of the programs and stop

HOW LONG
    --rounds N           processes of each program and Ruby           [default: 3]
    --seconds S          time for the iterations of a process         [default: 2]
    --quick              one round of 0.5 seconds
    --check              results only: one iteration on our Ruby, no peers, no times
    --timeout S          limit of a process                           [default: 120]

WHAT IS PRINTED
    --json FILE          everything, with each iteration's time
    --svg FILE           bar chart of the ratios
    --counters           instructions and cycles (software events where the machine has no such counters)
    -h, --help           this text

A ratio is the peer's steady time divided by ours: above 1 we are faster. Steady is the median of the later half of the
iterations; warm-up is the time before the first iteration within 10 % of it. A program whose rounds differ by more than
10 % is marked with ~.

EXIT CODE   0 all programs ran and gave the right result   1 one failed, or was wrong   2 wrong arguments
";

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Measure,
    /// Results only.
    Check,
}

/// Which folder of programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    Bench,
    Micro,
}

/// Whether the Rubies in PATH are measured too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peers {
    Installed,
    NamedOnly,
}

/// What the command line asked for.
#[derive(Debug, Clone)]
pub struct Options {
    pub binary: Option<PathBuf>,
    pub switches: Vec<String>,
    /// Name and command words of further peers.
    pub rubies: Vec<(String, Vec<String>)>,
    pub peers: Peers,
    pub suite: Suite,
    pub mode: Mode,
    pub rounds: usize,
    pub budget: Duration,
    pub timeout: Duration,
    pub json: Option<PathBuf>,
    pub svg: Option<PathBuf>,
    pub counters: bool,
    pub names: Vec<String>,
}

/// What `parse` found.
pub enum Command {
    Run(Box<Options>),
    List(Suite),
    Help,
}

/// Reads the arguments (without the program's name); `binary` is the environment's default.
pub fn parse(arguments: Vec<OsString>, binary: Option<OsString>) -> Result<Command, String> {
    use lexopt::Arg::{Long, Short, Value};
    let mut options = Options {
        binary: binary.filter(|value| !value.is_empty()).map(PathBuf::from),
        switches: Vec::new(),
        rubies: Vec::new(),
        peers: Peers::Installed,
        suite: Suite::Bench,
        mode: Mode::Measure,
        rounds: 3,
        budget: Duration::from_secs(2),
        timeout: Duration::from_secs(120),
        json: None,
        svg: None,
        counters: false,
        names: Vec::new(),
    };
    let mut list = false;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let name = match argument {
            Short('h') => return Ok(Command::Help),
            Value(name) => {
                options.names.push(name.into_string().map_err(|name| format!("NAME {name:?} is not UTF-8"))?);
                continue;
            }
            Long(name) => name.to_owned(),
            Short(_) => return Err(argument.unexpected().to_string()),
        };
        match name.as_str() {
            "help" => return Ok(Command::Help),
            "list" => list = true,
            _ => apply(&mut options, &name, &mut parser)?,
        }
    }
    Ok(if list { Command::List(options.suite) } else { Command::Run(Box::new(options)) })
}

/// Applies the long option `name`.
fn apply(options: &mut Options, name: &str, parser: &mut lexopt::Parser) -> Result<(), String> {
    match name {
        "binary" => options.binary = Some(value(parser)?.into()),
        "switches" => options.switches.extend(value(parser)?.split_whitespace().map(str::to_owned)),
        "ruby" => options.rubies.push(named_ruby(&value(parser)?)?),
        "no-peers" => options.peers = Peers::NamedOnly,
        "micro" => options.suite = Suite::Micro,
        "rounds" => options.rounds = seconds(parser, "--rounds", 1.0, 100.0)? as usize,
        "seconds" => options.budget = Duration::from_secs_f64(seconds(parser, "--seconds", 0.01, 600.0)?),
        "quick" => {
            options.rounds = 1;
            options.budget = Duration::from_millis(500);
        }
        "check" => options.mode = Mode::Check,
        "timeout" => options.timeout = Duration::from_secs_f64(seconds(parser, "--timeout", 1.0, 86_400.0)?),
        "json" => options.json = Some(value(parser)?.into()),
        "svg" => options.svg = Some(value(parser)?.into()),
        "counters" => options.counters = true,
        other => return Err(format!("unknown option --{other}")),
    }
    Ok(())
}

fn value(parser: &mut lexopt::Parser) -> Result<String, String> {
    let value = parser.value().map_err(|error| error.to_string())?;
    value.into_string().map_err(|value| format!("{value:?} is not UTF-8"))
}

fn seconds(parser: &mut lexopt::Parser, name: &str, least: f64, most: f64) -> Result<f64, String> {
    let text = value(parser)?;
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("{name} {text}: expected a number from {least} to {most}"))
}

fn named_ruby(text: &str) -> Result<(String, Vec<String>), String> {
    let wrong = || format!("--ruby {text}: expected NAME=COMMAND, e.g. zjit=\"ruby --zjit\"");
    let (name, command) = text.split_once('=').ok_or_else(wrong)?;
    let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    if name.is_empty() || words.is_empty() {
        return Err(wrong());
    }
    Ok((name.to_owned(), words))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Command, Mode, parse};

    fn arguments(words: &[&str]) -> Result<Command, String> {
        parse(words.iter().map(Into::into).collect(), None)
    }

    #[test]
    fn reads_values() {
        let Ok(Command::Run(options)) = arguments(&["fib", "--ruby", "z=ruby --zjit", "--seconds=0.5", "--check"]) else {
            panic!("expected a run");
        };
        assert_eq!(options.names, ["fib"]);
        assert_eq!(options.rubies, [("z".to_owned(), vec!["ruby".to_owned(), "--zjit".to_owned()])]);
        assert_eq!(options.budget, Duration::from_millis(500));
        assert_eq!(options.mode, Mode::Check);
        assert!(matches!(arguments(&["--list"]), Ok(Command::List(_))));
        assert!(matches!(arguments(&["-h"]), Ok(Command::Help)));
    }

    #[test]
    fn wrong_arguments_name_the_value() {
        let rows: [(&[&str], &str); 4] = [
            (&["--ruby", "ruby"], "--ruby ruby: expected NAME=COMMAND"),
            (&["--rounds", "0"], "--rounds 0: expected a number from 1 to 100"),
            (&["--fast"], "unknown option --fast"),
            (&["--json"], "json"),
        ];
        for (words, expected) in rows {
            let message = arguments(words).err().expect("an error");
            assert!(message.contains(expected), "{words:?}: {message}");
        }
    }
}
