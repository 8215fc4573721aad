//! Writes the functions of `thousand/main.rs`: nobody wants to read them.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut source = String::new();
    for number in 1..=1000 {
        writeln!(
            source,
            "/// Adds {number}.\n\
             #[function]\n\
             async fn add_{number:04}(to: u64) -> u64 {{ to + {number} }}"
        )
        .unwrap();
    }
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::write(folder.join("thousand.rs"), source).unwrap();
}
