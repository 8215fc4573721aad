#![allow(unused_variables)]

use functions_core::function;

#[function(nam = "x", timeout = "never")]
unsafe extern "C" fn everything(
    (a, b): (i64, i64),
    name: &str,
    #[arg(name = "", default = 1)]
    #[arg(default = 2)]
    empty: i64,
) -> Box<impl ToString> {
    Box::new(a)
}

fn the_function_is_there_all_the_same() {
    let _ = unsafe { everything((1, 2), "name", 3) };
}

fn main() {}
