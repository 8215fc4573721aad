//! How a module gets ready: compiled once, kept on disk, kept in memory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use functions_host::engine::{Engine, Metering, PrepareError};
use sha2::{Digest, Sha256};

use crate::bench::{Bench, binary, call, echo, output, pointer, prepare};

/// A compiler of no use: whatever is ready now was ready before.
const NO_COMPILER: &str = "/nowhere/compiler";

fn files(bench: &Bench, extension: &str) -> Vec<PathBuf> {
    let setups = fs::read_dir(bench.folder.path().join("artifacts")).unwrap();
    let mut files: Vec<_> = setups
        .flat_map(|setup| fs::read_dir(setup.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().unwrap() == extension)
        .collect();
    files.sort();
    files
}

/// A compiler that leaves a line for each time it is called.
fn counting(bench: &mut functions_host::engine::EngineConfig, log: &std::path::Path) {
    let compiler = bench.compiler.program.display().to_string();
    let script = format!("echo >> {}; exec {compiler} compile \"$@\"", log.display());
    bench.compiler.program = "/bin/sh".into();
    bench.compiler.arguments = vec!["-c".into(), script.into(), "sh".into()];
}

/// The module of before runs on an engine as it should.
async fn is_well(engine: &Engine) {
    let module = prepare(engine, &binary(&echo()), Metering::Time)
        .await
        .unwrap();
    let outcome = engine
        .execute(&module, call("tenant", "well"))
        .await
        .unwrap();
    assert_eq!(output(&outcome), "well");
}

#[tokio::test]
async fn after_a_restart_nothing_is_compiled_again() {
    let bench = Bench::new();
    let module = binary(&echo());
    assert_eq!(output(&bench.run(&echo(), "before").await), "before");
    let engine = bench.restarted(|config| config.compiler.program = NO_COMPILER.into());
    // The bytes of the module are not even asked for.
    let digest = Sha256::digest(&module).into();
    let unasked = async { panic!("the bytes were asked for") };
    let ready = engine
        .prepare(digest, Metering::Time, unasked)
        .await
        .unwrap();
    let outcome = engine
        .execute(&ready, call("tenant", "after"))
        .await
        .unwrap();
    assert_eq!(output(&outcome), "after");
}

#[tokio::test]
async fn concurrent_first_calls_compile_once_and_all_get_the_module() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let bench = Bench::with(|config| counting(config, log.path()));
    let module = binary(&echo());
    let all = (0..20).map(|_| prepare(&bench.engine, &module, Metering::Time));
    for ready in futures_util::future::join_all(all).await {
        ready.unwrap();
    }
    assert_eq!(fs::read_to_string(log.path()).unwrap(), "\n");
}

#[tokio::test]
async fn concurrent_first_calls_hear_the_same_refusal_of_one_compilation() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let bench = Bench::with(|config| counting(config, log.path()));
    let module = b"\0asm\x01\0\0\0\x63";
    let all = (0..20).map(|_| prepare(&bench.engine, module, Metering::Time));
    for refused in futures_util::future::join_all(all).await {
        assert!(
            matches!(refused, Err(PrepareError::Refused(_))),
            "{refused:?}"
        );
    }
    assert_eq!(fs::read_to_string(log.path()).unwrap(), "\n");
}

#[tokio::test]
async fn who_gives_up_leaves_the_compilation_to_those_who_wait() {
    let bench = Bench::new();
    let module = binary(&echo());
    let mut gone = Box::pin(prepare(&bench.engine, &module, Metering::Time));
    assert!(futures_util::poll!(&mut gone).is_pending());
    let mut waiting = Box::pin(prepare(&bench.engine, &module, Metering::Time));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    drop(gone);
    waiting.await.unwrap();
}

#[tokio::test]
async fn when_all_give_up_the_next_begins_again() {
    let bench = Bench::new();
    let module = binary(&echo());
    let mut gone = Box::pin(prepare(&bench.engine, &module, Metering::Time));
    assert!(futures_util::poll!(&mut gone).is_pending());
    drop(gone);
    prepare(&bench.engine, &module, Metering::Time)
        .await
        .unwrap();
}

#[tokio::test]
async fn damaged_machine_code_is_never_run_but_compiled_again() {
    let bench = Bench::new();
    bench.run(&echo(), "").await;
    let (code, sum) = (
        files(&bench, "code").remove(0),
        files(&bench, "sum").remove(0),
    );
    let good = fs::read(&code).unwrap();
    let damages: [&dyn Fn(); 5] = [
        &|| {
            let mut bytes = good.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&code, bytes).unwrap();
        },
        &|| fs::write(&code, &good[..good.len() - 1]).unwrap(),
        &|| fs::write(&code, "").unwrap(),
        &|| fs::remove_file(&sum).unwrap(),
        &|| fs::write(&sum, "too short").unwrap(),
    ];
    for damage in damages {
        damage();
        let engine = bench.restarted(|_| {});
        is_well(&engine).await;
        assert!(
            fs::read(&code).unwrap() == good,
            "the damaged file is still there"
        );
    }
}

#[tokio::test]
async fn machine_code_under_a_wrong_name_or_of_another_kind_is_not_loaded() {
    let bench = Bench::new();
    bench.run(&echo(), "").await;
    let sum = files(&bench, "sum").remove(0);
    let mut bytes = fs::read(&sum).unwrap();
    bytes[0] = b'c';
    fs::write(&sum, bytes).unwrap();
    let engine = bench.restarted(|_| {});
    is_well(&engine).await;
}

#[tokio::test]
async fn the_folder_is_for_this_user_alone() {
    let bench = Bench::new();
    let root = bench.folder.path().join("artifacts");
    fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
    let _engine = bench.restarted(|_| {});
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&root), 0o700);
    for setup in fs::read_dir(&root).unwrap() {
        assert_eq!(mode(&setup.unwrap().path()), 0o700);
    }
}

#[tokio::test]
async fn a_setup_of_its_own_has_machine_code_of_its_own() {
    let bench = Bench::new();
    let module = binary(&echo());
    prepare(&bench.engine, &module, Metering::Time)
        .await
        .unwrap();
    prepare(&bench.engine, &module, Metering::Fuel)
        .await
        .unwrap();
    let code = files(&bench, "code");
    assert_eq!(code.len(), 2);
    assert_ne!(code[0].parent(), code[1].parent());
}

#[tokio::test]
async fn bytes_of_another_module_are_not_taken() {
    let bench = Bench::new();
    let other = async { Ok(Bytes::from(binary(&pointer("(i32.const 0)")))) };
    let digest = Sha256::digest(binary(&echo())).into();
    let refused = bench.engine.prepare(digest, Metering::Time, other).await;
    assert!(
        matches!(refused, Err(PrepareError::Changed { .. })),
        "{refused:?}"
    );
    assert!(files(&bench, "code").is_empty());
}

#[tokio::test]
async fn bytes_that_cannot_be_read_are_said_to_be_so() {
    let bench = Bench::new();
    let failing = async { Err(std::io::Error::other("the disk is gone")) };
    let failed = bench
        .engine
        .prepare([0; 32], Metering::Time, failing)
        .await
        .unwrap_err();
    assert_eq!(
        failed.to_string(),
        "the module cannot be read: the disk is gone"
    );
}

#[tokio::test]
async fn a_module_that_is_forgotten_leaves_nothing_and_its_executions_go_on() {
    let bench = Bench::new();
    let module = binary(&echo());
    let ready = prepare(&bench.engine, &module, Metering::Time)
        .await
        .unwrap();
    assert_eq!(bench.engine.resident().0, 1);
    bench.engine.forget(Sha256::digest(&module).into()).unwrap();
    assert_eq!(bench.engine.resident(), (0, 0));
    assert!(files(&bench, "code").is_empty() && files(&bench, "sum").is_empty());
    let outcome = bench
        .engine
        .execute(&ready, call("tenant", "still"))
        .await
        .unwrap();
    assert_eq!(output(&outcome), "still");
}

#[tokio::test]
async fn memory_keeps_as_many_modules_as_fit() {
    let bench = Bench::with(|config| config.resident_bytes = 200_000);
    for number in 0..20 {
        let module = binary(&pointer(&format!("(i32.const {number})")));
        prepare(&bench.engine, &module, Metering::Time)
            .await
            .unwrap();
    }
    let (count, bytes) = bench.engine.resident();
    assert!(count > 0 && count < 20, "{count}");
    assert!(bytes <= 200_000, "{bytes}");
}

#[tokio::test]
async fn the_disk_keeps_as_many_modules_as_fit() {
    let bench = Bench::with(|config| config.artifacts_bytes = 1);
    for number in 0..3 {
        let module = binary(&pointer(&format!("(i32.const {number})")));
        let failed = prepare(&bench.engine, &module, Metering::Time).await;
        // One alone is too large here, and is gone before it is loaded.
        assert!(matches!(failed, Err(PrepareError::Host(_))), "{failed:?}");
    }
    assert!(files(&bench, "code").is_empty() && files(&bench, "sum").is_empty());
}

#[tokio::test]
async fn who_has_no_turn_to_compile_is_told_so() {
    for (waiting, max_wait) in [
        (0, Duration::from_secs(3600)),
        (9, Duration::from_millis(10)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let begun = folder.path().join("begun");
        let bench = Bench::with(|config| {
            // Never ends by itself.
            let script = format!("echo > {}; exec sleep 3600", begun.display());
            config.compiler.program = "/bin/sh".into();
            config.compiler.arguments = vec!["-c".into(), script.into()];
            config.compiler.at_once = 1;
            config.compiler.waiting = waiting;
            config.compiler.max_wait = max_wait;
        });
        let first = {
            let (engine, module) = (bench.engine.clone(), binary(&echo()));
            tokio::spawn(async move { prepare(&engine, &module, Metering::Time).await })
        };
        while !begun.exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let other = binary(&pointer("(i32.const 1)"));
        let refused = prepare(&bench.engine, &other, Metering::Time).await;
        assert!(matches!(refused, Err(PrepareError::Busy)), "{refused:?}");
        first.abort();
    }
}
