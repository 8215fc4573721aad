//! Small files that would keep a compiler busy: refused by counting.

use functions_host::engine::Refusal;

use crate::bench::{Bench, pointer};

#[track_caller]
fn assert_beyond(refusal: &Refusal, what: &str, found: u64) {
    match refusal {
        Refusal::Beyond {
            what: is,
            found: count,
            ..
        } => assert_eq!((*is, *count), (what, found)),
        other => panic!("expected too many {what}, got {other}"),
    }
}

async fn refused(part: &str) -> Refusal {
    let wat = pointer("(i32.const 0)").replace("(global", &format!("{part} (global"));
    Bench::new().refusal(&wat).await
}

#[tokio::test]
async fn fifty_thousand_locals() {
    let part = format!("(func {})", "(local i32)".repeat(50_000));
    let refused = refused(&part).await;
    assert!(
        matches!(
            refused,
            Refusal::Beyond {
                what: "locals of a function",
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn four_billion_locals_in_ten_bytes() {
    // A function whose one group of locals says 0xffffffff times i32.
    let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0".to_vec();
    module.extend(b"\x0a\x0b\x01\x09\x01\xff\xff\xff\xff\x0f\x7f\x0b\x0b");
    let refused = Bench::new().refusal_of(&module).await;
    assert_beyond(&refused, "locals of a function", u64::from(u32::MAX));
}

#[tokio::test]
async fn twenty_thousand_blocks_in_each_other() {
    let bytes = nested(20_000);
    let refused = Bench::new().refusal_of(&bytes).await;
    assert_beyond(&refused, "blocks in each other", 5_001);
}

/// A module whose one function is blocks within blocks. Made of bytes, since a parser of
/// text has limits of its own.
fn nested(depth: usize) -> Vec<u8> {
    let mut body = vec![0];
    body.extend([0x02, 0x40].repeat(depth));
    body.extend(vec![0x0b; depth + 1]);
    let mut code = vec![1];
    number(&mut code, body.len());
    code.extend(body);
    let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a".to_vec();
    number(&mut module, code.len());
    module.extend(code);
    module
}

fn number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
}

#[tokio::test]
async fn a_hundred_thousand_functions() {
    let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03".to_vec();
    let mut functions = Vec::new();
    number(&mut functions, 100_000);
    functions.extend(vec![0; 100_000]);
    number(&mut module, functions.len());
    module.extend(functions);
    let refused = Bench::new().refusal_of(&module).await;
    assert_beyond(&refused, "functions", 100_000);
}

#[tokio::test]
async fn a_br_table_of_a_million() {
    let targets = " 0".repeat(1_000_000);
    let refused = refused(&format!(
        "(func (block (br_table {targets} 0 (i32.const 0))))"
    ))
    .await;
    assert!(
        matches!(
            refused,
            Refusal::Beyond {
                what: "bytes of a function" | "targets of a `br_table`",
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_br_table_of_thirty_thousand() {
    let targets = " 0".repeat(30_000);
    let refused = refused(&format!(
        "(func (block (br_table {targets} 0 (i32.const 0))))"
    ))
    .await;
    assert_beyond(&refused, "targets of a `br_table`", 30_000);
}

#[tokio::test]
async fn one_function_of_two_megabytes() {
    let refused = refused(&format!("(func {})", "nop ".repeat(2 << 20))).await;
    assert!(
        matches!(
            refused,
            Refusal::Beyond {
                what: "bytes of a function",
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_thousand_parameters() {
    let refused = refused(&format!("(func (param {}))", "i32 ".repeat(1000))).await;
    assert_beyond(&refused, "parameters of a function", 1000);
}

#[tokio::test]
async fn a_thousand_results() {
    let refused = refused(&format!("(type (func (result {})))", "i32 ".repeat(1000))).await;
    assert_beyond(&refused, "results of a function", 1000);
}

#[tokio::test]
async fn thirty_thousand_types() {
    // Ten of 32 each would be merged by the parser of text: bytes, again.
    let mut types = Vec::new();
    number(&mut types, 30_000);
    types.extend([0x60, 0, 0].repeat(30_000));
    let mut module = b"\0asm\x01\0\0\0\x01".to_vec();
    number(&mut module, types.len());
    module.extend(types);
    assert_beyond(
        &Bench::new().refusal_of(&module).await,
        "types and adapters",
        30_000,
    );
}

#[tokio::test]
async fn eleven_thousand_globals() {
    let part = "(global i64 (i64.const 1))".repeat(11_000);
    assert_beyond(&refused(&part).await, "globals", 11_001);
}

#[tokio::test]
async fn ten_tables() {
    assert_beyond(
        &refused(&"(table 1 funcref)".repeat(10)).await,
        "tables",
        10,
    );
}

#[tokio::test]
async fn thirty_thousand_imports() {
    let imports = r#"(import "a" "b" (func))"#.repeat(30_000);
    let wat = format!("(module {imports})");
    assert_beyond(&Bench::new().refusal(&wat).await, "imports", 20_001);
}

#[tokio::test]
async fn sixty_thousand_data_segments() {
    let part = r#"(data "")"#.repeat(60_000);
    assert_beyond(&refused(&part).await, "data segments", 60_000);
}

#[tokio::test]
async fn elements_without_end() {
    let part = format!("(elem func {})", "$run ".repeat(300_000));
    assert_beyond(&refused(&part).await, "elements of segments", 300_000);
}

#[tokio::test]
async fn a_file_larger_than_allowed() {
    let bench = Bench::with(|config| config.bounds.bytes = 1000);
    let wat = pointer("(i32.const 0)").replace(
        "(global",
        &format!("(data \"{}\") (global", "a".repeat(1000)),
    );
    let refused = bench.refusal(&wat).await;
    assert!(
        matches!(
            refused,
            Refusal::Beyond {
                what: "the size of the file in bytes",
                limit: 1000,
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn components_in_components() {
    let wat = format!("{}{}", "(component ".repeat(20), ")".repeat(20));
    assert_beyond(
        &Bench::new().refusal(&wat).await,
        "components in each other",
        9,
    );
}

#[tokio::test]
async fn a_component_of_a_hundred_modules() {
    let wat = format!("(component {})", "(core module)".repeat(100));
    assert_beyond(
        &Bench::new().refusal(&wat).await,
        "modules in a component",
        65,
    );
}

#[tokio::test]
async fn a_component_of_a_thousand_instances() {
    let wat = format!(
        "(component (core module $m) {})",
        "(core instance (instantiate $m))".repeat(1000)
    );
    let refused = Bench::new().refusal(&wat).await;
    assert!(
        matches!(
            refused,
            Refusal::Beyond {
                what: "instances",
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_component_whose_types_double_with_each() {
    let types: String = (1..200)
        .map(|i| format!("(type $t{i} (tuple $t{} $t{}))", i - 1, i - 1))
        .collect();
    let refused = Bench::new()
        .refusal(&format!("(component (type $t0 (tuple u8 u8)) {types})"))
        .await;
    assert!(
        matches!(&refused, Refusal::Invalid { what, .. } if what.contains("type size")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_component_with_too_much_memory_in_all() {
    let wat = "(component (core module $m (memory 10000))
        (core instance (instantiate $m)) (core module (memory 10000)))";
    let refused = Bench::new().refusal(wat).await;
    assert!(
        matches!(
            refused,
            Refusal::Beyond {
                what: "bytes of memory in the beginning",
                ..
            }
        ),
        "{refused}"
    );
}
