//! What a walk found of the outside of a module.

use wasmparser::types::TypesRef;
use wasmparser::{ExternalKind, FuncType, ValType};

/// What a walk found.
#[derive(Debug, Default)]
pub(in crate::engine::inspect) struct Found {
    pub(in crate::engine::inspect) starts: bool,
    pub(in crate::engine::inspect) functions: u64,
    pub(in crate::engine::inspect) memory: u64,
    /// The imports of the outermost module or component: module and name, or a name.
    pub(in crate::engine::inspect) imports: Vec<(String, String)>,
    /// The exports of the outermost core module.
    pub(in crate::engine::inspect) exports: Vec<Export>,
    /// The exports of the outermost component.
    pub(in crate::engine::inspect) component_exports: Vec<String>,
    /// Which of the exports are functions, whose types are known at the end only.
    functions_exported: Vec<(usize, u32)>,
}

#[derive(Debug)]
pub(in crate::engine::inspect) struct Export {
    pub(in crate::engine::inspect) name: String,
    pub(in crate::engine::inspect) what: Exported,
}

/// What is exported; a function with its type as text, as in `(i32, i32) -> i32`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine::inspect) enum Exported {
    Function(String),
    Memory,
    Other,
}

impl Found {
    pub(super) fn export(&mut self, export: &wasmparser::Export<'_>) {
        if export.kind == ExternalKind::Func {
            self.functions_exported
                .push((self.exports.len(), export.index));
        }
        self.exports.push(Export {
            name: export.name.to_owned(),
            what: match export.kind {
                ExternalKind::Memory => Exported::Memory,
                _ => Exported::Other,
            },
        });
    }

    /// Writes the types of the exported functions down.
    pub(super) fn name_types(&mut self, types: TypesRef<'_>) {
        for (place, index) in self.functions_exported.drain(..) {
            let ty = types.get(types.core_function_at(index));
            let text = ty.map(|ty| signature(ty.unwrap_func()));
            if let (Some(export), Some(text)) = (self.exports.get_mut(place), text) {
                export.what = Exported::Function(text);
            }
        }
    }
}

fn signature(ty: &FuncType) -> String {
    let list = |types: &[ValType]| {
        let names: Vec<_> = types.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    let parameters = list(ty.params());
    match ty.results() {
        [] => format!("({parameters})"),
        [one] => format!("({parameters}) -> {one}"),
        more => format!("({parameters}) -> ({})", list(more)),
    }
}
