//! Modules that nobody would write.

use std::time::Duration;

use arbitrary::Unstructured;
use functions_host::engine::{Metering, PrepareError, Refusal};
use wasm_smith::{Config, Module};

use crate::bench::{Bench, call, echo, output, prepare};

/// How many modules; more where `FUNCTIONS_HOST_RANDOM_MODULES` says so.
fn how_many() -> u64 {
    let set = std::env::var("FUNCTIONS_HOST_RANDOM_MODULES").ok();
    set.map_or(40, |set| set.parse().expect("a number of modules"))
}

/// Bytes that are the same for a seed on every machine.
fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).take(512).flatten().collect()
}

/// A valid module with the exports of the pointer ABI.
fn module(seed: u64) -> Vec<u8> {
    let exports = wat::parse_str(
        r#"(module (memory (export "memory") 1)
            (func (export "allocate") (param i32) (result i32) unreachable)
            (func (export "run") (param i32 i32) (result i32) unreachable))"#,
    )
    .unwrap();
    let config = Config {
        exports: Some(exports),
        max_imports: 0,
        max_memories: 0,
        max_memory32_bytes: 4 << 20,
        max_tables: 1,
        max_table_elements: 1000,
        gc_enabled: false,
        reference_types_enabled: false,
        exceptions_enabled: false,
        memory64_enabled: false,
        threads_enabled: false,
        custom_page_sizes_enabled: false,
        wide_arithmetic_enabled: false,
        shared_everything_threads_enabled: false,
        ..Config::default()
    };
    Module::new(config, &mut Unstructured::new(&bytes(seed)))
        .unwrap()
        .to_bytes()
}

#[tokio::test]
async fn valid_modules_of_random_code_end_in_an_outcome() {
    let bench = Bench::new();
    let mut ran = 0;
    for seed in 0..how_many() {
        let module = module(seed);
        let ready = match bench.prepare(&module).await {
            Ok(ready) => ready,
            Err(PrepareError::Refused(refusal)) => {
                // Random modules pass what is counted and segments lie outside; whatever
                // is valid for one is valid for the other.
                let fair = matches!(
                    refusal,
                    Refusal::Beyond { .. } | Refusal::Segment { .. } | Refusal::Invalid { .. }
                );
                assert!(fair, "seed {seed}: {refusal}");
                eprintln!("{refusal}");
                continue;
            }
            Err(error) => panic!("seed {seed}: {error}"),
        };
        let mut call = call("tenant", "some input");
        call.limits.cpu_time = Duration::from_millis(20);
        call.limits.wall_clock = Duration::from_secs(5);
        bench.engine.execute(&ready, call).await.unwrap();
        ran += 1;
    }
    assert!(ran > how_many() / 4, "{ran} of {} ran", how_many());
    assert_eq!(
        output(&bench.run(&echo(), "still here").await),
        "still here"
    );
}

#[tokio::test]
async fn bytes_that_are_flipped_in_a_good_module_never_reach_what_cannot_bear_them() {
    let bench = Bench::new();
    let good = crate::bench::binary(&echo());
    for seed in 0..how_many() {
        let mut module = good.clone();
        for flip in bytes(seed)
            .chunks(4)
            .take(1 + usize::try_from(seed % 3).unwrap())
        {
            let place = usize::from(u16::from_le_bytes([flip[0], flip[1]])) % module.len();
            module[place] ^= flip[2] | 1;
        }
        if bench.engine.inspect(&module, "run").is_err() {
            continue;
        }
        let ready = match prepare(&bench.engine, &module, Metering::Time).await {
            Ok(ready) => ready,
            Err(error) => panic!("seed {seed}: inspection let it pass: {error}"),
        };
        let mut call = call("tenant", "some input");
        call.limits.cpu_time = Duration::from_millis(20);
        bench.engine.execute(&ready, call).await.unwrap();
    }
}
