//! A module that is ready to run: machine code in memory, linked with what the host
//! offers, so that an execution only has to make an instance of it.

use std::sync::Arc;

use wasmtime::component::{Component, Linker as ComponentLinker};
use wasmtime::{InstancePre, Linker, Module};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p2::bindings::CommandPre;

use super::abi::Abi;
use super::abi::component::Wasi;
use super::limits::Metering;
use super::pace::Habit;
use super::refusal::Refusal;
use super::sandbox::Sandbox;

/// A module that is ready to run.
pub struct Prepared {
    pub(super) guest: Guest,
    pub(super) engine: wasmtime::Engine,
    pub(super) habit: Arc<Habit>,
    metering: Metering,
    size: usize,
}

/// Machine code.
pub(super) enum Code {
    Module(Module),
    Component(Component),
}

/// Machine code and what it is linked with.
pub(super) enum Guest {
    Pointer(InstancePre<Sandbox<()>>),
    Command(InstancePre<Sandbox<WasiP1Ctx>>),
    Component(CommandPre<Sandbox<Wasi>>),
}

/// What the host offers to guests, by the way one talks to them.
pub(super) struct Offers {
    pointer: Linker<Sandbox<()>>,
    command: Linker<Sandbox<WasiP1Ctx>>,
    component: ComponentLinker<Sandbox<Wasi>>,
}

impl Offers {
    pub(super) fn new(engine: &wasmtime::Engine) -> wasmtime::Result<Self> {
        let mut command = Linker::new(engine);
        wasmtime_wasi::p1::add_to_linker_async(&mut command, |guest: &mut Sandbox<WasiP1Ctx>| {
            &mut guest.wasi
        })?;
        let mut component = ComponentLinker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut component)?;
        // What is reached by it is asked for each request.
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut component)?;
        Ok(Self {
            pointer: Linker::new(engine),
            command,
            component,
        })
    }

    /// Links machine code. Fails where it wants what is not offered.
    pub(super) fn link(&self, code: &Code, metering: Metering) -> Result<Prepared, Refusal> {
        let refused = |error: wasmtime::Error| Refusal::Link(format!("{error:#}"));
        let (guest, engine, range) = match code {
            Code::Module(module) => {
                let guest = if is_pointer(module) {
                    Guest::Pointer(self.pointer.instantiate_pre(module).map_err(refused)?)
                } else {
                    Guest::Command(self.command.instantiate_pre(module).map_err(refused)?)
                };
                (guest, module.engine(), module.image_range())
            }
            Code::Component(component) => {
                let linked = self.component.instantiate_pre(component).map_err(refused)?;
                let guest = Guest::Component(CommandPre::new(linked).map_err(refused)?);
                (guest, component.engine(), component.image_range())
            }
        };
        Ok(Prepared {
            guest,
            engine: engine.clone(),
            habit: Arc::default(),
            metering,
            size: range.end.addr().saturating_sub(range.start.addr()),
        })
    }
}

/// A module without `_start` that has what the pointer ABI asks for; the same is told
/// from the bytes by `inspect`.
fn is_pointer(module: &Module) -> bool {
    ["memory", "allocate"]
        .into_iter()
        .all(|name| module.get_export(name).is_some())
        && module.imports().len() == 0
}

impl Prepared {
    /// How to talk to it.
    #[must_use]
    pub fn abi(&self) -> Abi {
        match self.guest {
            Guest::Pointer(_) => Abi::Pointer,
            Guest::Command(_) => Abi::Command,
            Guest::Component(_) => Abi::Component,
        }
    }

    /// What it counts while it runs.
    #[must_use]
    pub fn metering(&self) -> Metering {
        self.metering
    }

    /// The size of its machine code and data, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("abi", &self.abi())
            .field("metering", &self.metering)
            .field("size", &self.size)
            .finish()
    }
}
