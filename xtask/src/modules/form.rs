//! The forms of a module.

use std::fmt;

/// What a module is handed over as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Pointer,
    Command,
    Component,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::Pointer, Self::Command, Self::Component];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pointer => "pointer",
            Self::Command => "command",
            Self::Component => "component",
        }
    }

    pub(crate) const fn target(self) -> &'static str {
        match self {
            Self::Pointer => "wasm32-unknown-unknown",
            Self::Command => "wasm32-wasip1",
            Self::Component => "wasm32-wasip2",
        }
    }

    /// What has cargo build it: the library of the crate, or its program.
    pub(super) const fn arguments(self) -> &'static [&'static str] {
        match self {
            // Said here and not in the manifest: a library that is of two kinds at once is
            // not optimised as a whole.
            Self::Pointer => &["--lib", "--crate-type", "cdylib"],
            Self::Command | Self::Component => &["--bins"],
        }
    }

    /// The file that comes out.
    pub(super) fn output(self, module: &str) -> String {
        match self {
            Self::Pointer => format!("{}.wasm", module.replace('-', "_")),
            Self::Command | Self::Component => format!("{module}.wasm"),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
