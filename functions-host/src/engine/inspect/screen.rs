//! One walk through a module, which counts and validates together: each part is counted
//! before it is validated, since a validator can be kept busy as well.

use wasmparser::{
    Encoding, Error, ExternalKind, FuncToValidate, FuncValidatorAllocations, FunctionBody,
    Operator, Parser, Payload, TypeRef, ValidPayload, Validator, ValidatorResources,
};

use super::Measure;
use super::counting::{add, within};
use super::segments::Level;
use crate::engine::refusal::Refusal;
use crate::engine::settings::FEATURES;

const PAGE: u64 = 64 << 10;

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) starts: bool,
    pub(super) functions: u64,
    pub(super) memory: u64,
    /// The imports of the outermost module or component: module and name, or a name.
    pub(super) imports: Vec<(String, String)>,
    /// The exports of the outermost core module.
    pub(super) exports: Vec<Export>,
    /// The exports of the outermost component.
    pub(super) component_exports: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Export {
    pub(super) name: String,
    pub(super) what: Exported,
}

/// What is exported; a function with its type as text, as in `(i32, i32) -> i32`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Exported {
    Function(String),
    Memory,
    Other,
}

struct Walk<'a> {
    by: Measure<'a>,
    found: Found,
    counts: Counts,
    levels: Vec<Level>,
    functions: Vec<(usize, u32)>,
    validator: Validator,
    allocations: FuncValidatorAllocations,
}

#[derive(Default)]
struct Counts {
    types: u64,
    imports: u64,
    exports: u64,
    data_segments: u64,
    elements: u64,
    modules: u64,
    instances: u64,
}

pub(super) fn screen(bytes: &[u8], by: Measure<'_>) -> Result<Found, Refusal> {
    let mut walk = Walk {
        by,
        found: Found::default(),
        counts: Counts::default(),
        levels: Vec::new(),
        functions: Vec::new(),
        validator: Validator::new_with_features(FEATURES),
        allocations: FuncValidatorAllocations::default(),
    };
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        walk.count(&payload)?;
        walk.validate(&payload)?;
    }
    Ok(walk.found)
}

impl Walk<'_> {
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        let bounds = self.by.bounds;
        let counts = &mut self.counts;
        let outermost = self.levels.len() == 1;
        match payload {
            Payload::Version { encoding, .. } => {
                if *encoding == Encoding::Component {
                    let depth = self.levels.len().saturating_add(1);
                    within("components in each other", depth, bounds.component_depth)?;
                }
                self.levels.push(Level::default());
            }
            Payload::End(_) => {
                self.levels.pop();
            }
            Payload::TypeSection(section) => {
                add(&mut counts.types, section.count(), "types", bounds.types)?;
                for group in section.clone() {
                    for ty in group.map_err(invalid)?.types() {
                        if let wasmparser::CompositeInnerType::Func(function) =
                            &ty.composite_type.inner
                        {
                            let (parameters, results) =
                                (function.params().len(), function.results().len());
                            within("parameters of a function", parameters, bounds.parameters)?;
                            within("results of a function", results, bounds.parameters)?;
                        }
                    }
                }
            }
            Payload::CoreTypeSection(section) => {
                add(&mut counts.types, section.count(), "types", bounds.types)?;
            }
            Payload::ComponentTypeSection(section) => {
                add(&mut counts.types, section.count(), "types", bounds.types)?;
            }
            Payload::ComponentAliasSection(section) => {
                add(
                    &mut counts.exports,
                    section.count(),
                    "exports and aliases",
                    bounds.exports,
                )?;
            }
            Payload::ComponentCanonicalSection(section) => {
                add(
                    &mut counts.types,
                    section.count(),
                    "types and adapters",
                    bounds.types,
                )?;
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import.map_err(invalid)?;
                    add(&mut counts.imports, 1u64, "imports", bounds.imports)?;
                    if let Some(level) = self.levels.last_mut() {
                        level.import(&import.ty);
                    }
                    if let TypeRef::Memory(memory) = &import.ty {
                        self.found.memory(memory.initial, self.by)?;
                    }
                    if outermost {
                        let (module, name) = (import.module.to_owned(), import.name.to_owned());
                        self.found.imports.push((module, name));
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                add(
                    &mut counts.imports,
                    section.count(),
                    "imports",
                    bounds.imports,
                )?;
                for import in section.clone() {
                    let import = import.map_err(invalid)?;
                    if outermost {
                        let name = import.name.name.to_owned();
                        self.found.imports.push((name, String::new()));
                    }
                }
            }
            Payload::FunctionSection(section) => {
                let functions = &mut self.found.functions;
                add(functions, section.count(), "functions", bounds.functions)?;
            }
            Payload::TableSection(section) => {
                within("tables", section.count(), bounds.tables)?;
                for table in section.clone() {
                    let size = table.map_err(invalid)?.ty.initial;
                    within(
                        "elements of a table in the beginning",
                        size,
                        self.by.max_table,
                    )?;
                    if let Some(level) = self.levels.last_mut() {
                        level.tables.push(Some(size));
                    }
                }
            }
            Payload::MemorySection(section) => {
                within("memories of a module", section.count(), 1)?;
                for memory in section.clone() {
                    let pages = memory.map_err(invalid)?.initial;
                    self.found.memory(pages, self.by)?;
                    if let Some(level) = self.levels.last_mut() {
                        level.memories.push(Some(pages.saturating_mul(PAGE)));
                    }
                }
            }
            Payload::GlobalSection(section) => {
                within("globals", section.count(), bounds.globals)?;
            }
            Payload::ExportSection(section) => {
                add(
                    &mut counts.exports,
                    section.count(),
                    "exports",
                    bounds.exports,
                )?;
                for export in section.clone() {
                    let export = export.map_err(invalid)?;
                    if !outermost {
                        continue;
                    }
                    if export.kind == ExternalKind::Func {
                        self.functions
                            .push((self.found.exports.len(), export.index));
                    }
                    self.found.exports.push(Export {
                        name: export.name.to_owned(),
                        what: match export.kind {
                            ExternalKind::Memory => Exported::Memory,
                            _ => Exported::Other,
                        },
                    });
                }
            }
            Payload::ComponentExportSection(section) => {
                add(
                    &mut counts.exports,
                    section.count(),
                    "exports",
                    bounds.exports,
                )?;
                for export in section.clone() {
                    let export = export.map_err(invalid)?;
                    if outermost {
                        let name = export.name.name.to_owned();
                        self.found.component_exports.push(name);
                    }
                }
            }
            Payload::StartSection { .. } => self.found.starts = true,
            Payload::ElementSection(section) => {
                for (index, element) in (0..).zip(section.clone()) {
                    let element = element.map_err(invalid)?;
                    let size = super::segments::size(&element.items);
                    add(
                        &mut counts.elements,
                        size,
                        "elements of segments",
                        bounds.elements,
                    )?;
                    if let Some(level) = self.levels.last() {
                        level.check_element(index, &element.kind, size)?;
                    }
                }
            }
            Payload::DataSection(section) => {
                let segments = &mut counts.data_segments;
                add(
                    segments,
                    section.count(),
                    "data segments",
                    bounds.data_segments,
                )?;
                for (index, data) in (0..).zip(section.clone()) {
                    let data = data.map_err(invalid)?;
                    if let Some(level) = self.levels.last() {
                        level.check_data(index, &data.kind, data.data.len())?;
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let size = body.range().len();
                within("bytes of a function", size, bounds.function_bytes)?;
                let mut locals = 0;
                for group in body.get_locals_reader().map_err(invalid)? {
                    let (count, _) = group.map_err(invalid)?;
                    add(&mut locals, count, "locals of a function", bounds.locals)?;
                }
            }
            Payload::ModuleSection { .. } => {
                add(
                    &mut counts.modules,
                    1u64,
                    "modules in a component",
                    bounds.modules,
                )?;
            }
            Payload::InstanceSection(section) => {
                let instances = &mut counts.instances;
                add(instances, section.count(), "instances", bounds.instances)?;
            }
            Payload::ComponentInstanceSection(section) => {
                let instances = &mut counts.instances;
                add(instances, section.count(), "instances", bounds.instances)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn validate(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match self.validator.payload(payload).map_err(invalid)? {
            ValidPayload::Func(function, body) => self.function(function, &body),
            ValidPayload::End(types) if self.levels.is_empty() => {
                let types = types.as_ref();
                for (place, index) in self.functions.drain(..) {
                    let ty = types.get(types.core_function_at(index));
                    let text = ty.map(|ty| signature(ty.unwrap_func()));
                    if let (Some(export), Some(text)) = (self.found.exports.get_mut(place), text) {
                        export.what = Exported::Function(text);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn function(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<(), Refusal> {
        let bounds = self.by.bounds;
        let mut validator = function.into_validator(std::mem::take(&mut self.allocations));
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader).map_err(invalid)?;
        let mut operators = wasmparser::OperatorsReader::new(reader);
        while !operators.eof() {
            let place = operators.original_position();
            let operator = operators.read().map_err(invalid)?;
            if let Operator::BrTable { targets } = &operator {
                within("targets of a `br_table`", targets.len(), bounds.br_table)?;
            }
            validator.op(place, &operator).map_err(invalid)?;
            let nesting = validator.control_stack_height();
            within("blocks in each other", nesting, bounds.nesting)?;
        }
        operators.finish().map_err(invalid)?;
        self.allocations = validator.into_allocations();
        Ok(())
    }
}

impl Found {
    fn memory(&mut self, pages: u64, by: Measure<'_>) -> Result<(), Refusal> {
        let bytes = pages.saturating_mul(PAGE);
        add(
            &mut self.memory,
            bytes,
            "bytes of memory in the beginning",
            by.max_memory,
        )
    }
}

fn signature(ty: &wasmparser::FuncType) -> String {
    let list = |types: &[wasmparser::ValType]| {
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

pub(super) fn invalid(error: Error) -> Refusal {
    Refusal::Invalid {
        what: error.message().to_owned(),
        offset: error.offset(),
    }
}
