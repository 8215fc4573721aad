//! The builds of functions-core that leave something out. No test runs on them: that
//! they compile, and what they do not, is what there is to know.

use crate::Result;
use crate::cargo::Cargo;
use crate::wasm::{TARGETS, Toolchain};

/// The features of each, and a crate that it has no use for.
const BUILDS: [(&str, &str); 3] = [
    ("server", "lapin"),
    ("anyhow,docs,server", "lapin"),
    ("rabbitmq", "rustls"),
];

/// # Errors
/// One of them does not compile, or compiles what it is not to.
pub(crate) fn check() -> Result {
    let check = || Cargo::new("check").args(["-p", "functions-core", "--no-default-features"]);
    // A function in a crate of its own needs no server around it, and a guest in a
    // sandbox could not have one.
    check().run()?;
    for target in TARGETS {
        if Toolchain::Own.has(target)? {
            check().args(["--target", target]).run()?;
        } else {
            eprintln!("Not checked for {target}: `rustup target add {target}` installs it.");
        }
    }
    for (features, useless) in BUILDS {
        check().args(["--features", features]).run()?;
        if compiled(features)?.iter().any(|name| name == useless) {
            let error = format!("functions-core with only {features} compiles {useless}");
            return Err(error.into());
        }
    }
    Ok(())
}

/// The names of all crates that a build consists of.
fn compiled(features: &str) -> Result<Vec<String>> {
    let names = Cargo::new("tree")
        .args(["-p", "functions-core", "--no-default-features"])
        .args(["--features", features, "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{lib}"])
        .output()?;
    Ok(names.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::compiled;

    #[test]
    fn a_crate_is_found_where_it_is_compiled() {
        let has = |features, name: &str| {
            let compiled = compiled(features).unwrap();
            compiled.iter().any(|found| found == name)
        };
        assert!(has("rabbitmq", "lapin") && has("rabbitmq-tls", "rustls"));
        assert!(!has("server", "lapin") && !has("rabbitmq", "rustls"));
    }
}
