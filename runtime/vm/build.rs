//! Chooses the interpreter's dispatch: threaded handlers rely on sibling calls, which the compiler makes
//! only with optimisation; without it they would use native stack for every instruction.

fn main() {
    println!("cargo:rustc-check-cfg=cfg(threaded)");
    let level = std::env::var("OPT_LEVEL").unwrap_or_default();
    let target = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    if matches!(level.as_str(), "2" | "3") && target == "x86_64" {
        println!("cargo:rustc-cfg=threaded");
    }
}
