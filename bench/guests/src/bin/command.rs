//! From the standard input to the standard output.

use std::io::{Read as _, Write as _, stdin, stdout};

fn main() -> std::io::Result<()> {
    let mut bytes = Vec::new();
    stdin().read_to_end(&mut bytes)?;
    bench_guests::work(&mut bytes);
    stdout().write_all(&bytes)
}
