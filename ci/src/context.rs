//! Where things are, and which Ruby is tested.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every step needs.
pub struct Context {
    pub root: PathBuf,
    pub target: PathBuf,
    /// A Ruby named by the caller; our release build otherwise.
    pub named_binary: Option<PathBuf>,
}

impl Context {
    /// Finds the project's root from cargo's variable, or above the current folder.
    pub fn new(named_binary: Option<PathBuf>) -> Result<Context, String> {
        let root = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => Path::new(&folder).parent().map(Path::to_path_buf),
            None => {
                let start = env::current_dir().map_err(|error| format!("current folder: {error}"))?;
                start.ancestors().find(|folder| folder.join("ci/src/layers.rs").exists()).map(Path::to_path_buf)
            }
        };
        let root = root.ok_or_else(|| "run this inside the project's folder".to_owned())?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        Ok(Context { root, target, named_binary })
    }

    /// The Ruby to test.
    pub fn binary(&self) -> PathBuf {
        self.named_binary.clone().unwrap_or_else(|| self.tool("maglev-ruby"))
    }

    /// A program of our release build.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.target.join("release").join(name)
    }

    /// cargo, started in the project's root.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        command
    }
}
