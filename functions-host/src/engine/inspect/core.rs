//! Which ABI a core module speaks, and whether it speaks it well.

use super::screen::{Exported, Found};
use crate::engine::abi::Abi;
use crate::engine::refusal::Refusal;

const PREVIEW1: &str = "wasi_snapshot_preview1";
const HANDLER: &str = "(i32, i32) -> i32";
const ALLOCATE: &str = "(i32) -> i32";

const POINTER_NEEDS: &str = "a module of the pointer ABI exports `memory`, \
     `allocate(i32) -> i32` and `run(i32, i32) -> i32`";

/// All of WASI preview 1.
const PREVIEW1_FUNCTIONS: &[&str] = &[
    "args_get",
    "args_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "fd_write",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "poll_oneoff",
    "proc_exit",
    "proc_raise",
    "random_get",
    "sched_yield",
    "sock_accept",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
];

/// Tells the ABI, and the functions that can be called with the pointer ABI.
pub(super) fn recognise(found: &Found, handler: &str) -> Result<(Abi, Vec<String>), Refusal> {
    let has = |name: &str| found.exports.iter().any(|export| export.name == name);
    let pointer = has("allocate") || has(handler);
    if has("_start") && !(pointer && found.imports.is_empty()) {
        check_command(found)?;
        return Ok((Abi::Command, Vec::new()));
    }
    if !pointer {
        return Err(Refusal::Incomplete {
            missing: format!("{handler}{HANDLER}"),
            needed: "a module exports either `memory`, `allocate(i32) -> i32` and \
                     `run(i32, i32) -> i32` (pointer ABI), or `_start()` (WASI command)",
        });
    }
    check_imports(found, false)?;
    check_function(found, handler, HANDLER)?;
    check_function(found, "allocate", ALLOCATE)?;
    check_memory(found)?;
    let callable = |what: &Exported| matches!(what, Exported::Function(ty) if ty == HANDLER);
    let mut handlers: Vec<_> = found
        .exports
        .iter()
        .filter(|export| callable(&export.what))
        .map(|export| export.name.clone())
        .collect();
    handlers.sort();
    Ok((Abi::Pointer, handlers))
}

fn check_command(found: &Found) -> Result<(), Refusal> {
    check_imports(found, true)?;
    check_function(found, "_start", "()")
}

fn check_function(found: &Found, name: &str, needed: &str) -> Result<(), Refusal> {
    let export = found.exports.iter().find(|export| export.name == name);
    let is = match export.map(|export| &export.what) {
        Some(Exported::Function(is)) if is == needed => return Ok(()),
        Some(Exported::Function(is)) => format!("{name}{is}"),
        Some(_) => format!("{name}, which is no function"),
        None => {
            return Err(Refusal::Incomplete {
                missing: format!("{name}{needed}"),
                needed: POINTER_NEEDS,
            });
        }
    };
    Err(Refusal::Signature {
        found: is,
        needed: format!("{name}{needed}"),
    })
}

fn check_memory(found: &Found) -> Result<(), Refusal> {
    let export = found.exports.iter().find(|export| export.name == "memory");
    match export.map(|export| &export.what) {
        Some(Exported::Memory) => Ok(()),
        Some(_) => Err(Refusal::Signature {
            found: "memory, which is no memory".to_owned(),
            needed: "memory, as a memory".to_owned(),
        }),
        None => Err(Refusal::Incomplete {
            missing: "memory".to_owned(),
            needed: POINTER_NEEDS,
        }),
    }
}

fn check_imports(found: &Found, command: bool) -> Result<(), Refusal> {
    let offered = |module: &str, name: &str| {
        command && module == PREVIEW1 && PREVIEW1_FUNCTIONS.contains(&name)
    };
    match found
        .imports
        .iter()
        .find(|(module, name)| !offered(module, name))
    {
        None => Ok(()),
        Some((module, name)) => Err(Refusal::UnknownImport {
            module: module.clone(),
            name: name.clone(),
            help: help(module, name).to_owned(),
        }),
    }
}

/// What gets rid of an import, for those that are seen often.
fn help(module: &str, name: &str) -> &'static str {
    match (module, name) {
        (PREVIEW1, name) if PREVIEW1_FUNCTIONS.contains(&name) => {
            "; a module of the pointer ABI imports nothing: build it without WASI \
             (`--target wasm32-unknown-unknown`), or as a command that exports `_start`"
        }
        (PREVIEW1, _) => "; WASI preview 1 has no such function",
        ("wasi_unstable", _) => "; this is an old form of WASI: a newer compiler makes preview 1",
        ("env", "abort") => "; AssemblyScript leaves it out with `--use abort=`",
        ("env", _) => "; it is a function that the linker found nowhere",
        ("gojs" | "go", _) => "; build it with `GOOS=wasip1`",
        (module, _) if module.contains("wbg") || module.contains("wbindgen") => {
            "; build it without wasm-bindgen"
        }
        _ => "",
    }
}
