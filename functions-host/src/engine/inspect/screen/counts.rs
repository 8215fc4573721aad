//! What is counted, section by section.

use wasmparser::{
    ComponentExportSectionReader, ComponentImportSectionReader, CompositeInnerType,
    DataSectionReader, ElementSectionReader, Encoding, ExportSectionReader, ImportSectionReader,
    MemorySectionReader, Payload, TableSectionReader, TypeRef, TypeSectionReader,
};

use super::{Walk, invalid};
use crate::engine::inspect::Measure;
use crate::engine::inspect::counting::{Tally, within};
use crate::engine::inspect::segments::{self, Level};
use crate::engine::refusal::Refusal;

const PAGE: u64 = 64 << 10;

/// What is counted over all modules and components of a file.
pub(super) struct Counts {
    types: Tally,
    imports: Tally,
    exports: Tally,
    pub(super) functions: Tally,
    data_segments: Tally,
    elements: Tally,
    modules: Tally,
    instances: Tally,
    /// Bytes that the memories have in the beginning, together.
    pub(super) memory: Tally,
}

impl Counts {
    pub(super) fn new(by: Measure<'_>) -> Self {
        let bounds = by.bounds;
        Self {
            types: Tally::new("types and adapters", bounds.types),
            imports: Tally::new("imports", bounds.imports),
            exports: Tally::new("exports and aliases", bounds.exports),
            functions: Tally::new("functions", bounds.functions),
            data_segments: Tally::new("data segments", bounds.data_segments),
            elements: Tally::new("elements of segments", bounds.elements),
            modules: Tally::new("modules in a component", bounds.modules),
            instances: Tally::new("instances", bounds.instances),
            memory: Tally::new("bytes of memory in the beginning", by.max_memory),
        }
    }
}

impl Walk<'_> {
    pub(super) fn count(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        let counts = &mut self.counts;
        match payload {
            Payload::Version { encoding, .. } => self.enter(*encoding),
            Payload::End(_) => {
                self.levels.pop();
                Ok(())
            }
            Payload::TypeSection(section) => self.types(section),
            Payload::CoreTypeSection(section) => counts.types.add(section.count()),
            Payload::ComponentTypeSection(section) => counts.types.add(section.count()),
            Payload::ComponentCanonicalSection(section) => counts.types.add(section.count()),
            Payload::ComponentAliasSection(section) => counts.exports.add(section.count()),
            Payload::ImportSection(section) => self.imports(section),
            Payload::ComponentImportSection(section) => self.component_imports(section),
            Payload::FunctionSection(section) => counts.functions.add(section.count()),
            Payload::TableSection(section) => self.tables(section),
            Payload::MemorySection(section) => self.memories(section),
            Payload::GlobalSection(section) => {
                within("globals", section.count(), self.by.bounds.globals)
            }
            Payload::ExportSection(section) => self.exports(section),
            Payload::ComponentExportSection(section) => self.component_exports(section),
            Payload::StartSection { .. } => {
                self.found.starts = true;
                Ok(())
            }
            Payload::ElementSection(section) => self.elements(section),
            Payload::DataSection(section) => self.data(section),
            Payload::CodeSectionEntry(body) => self.count_body(body),
            Payload::ModuleSection { .. } => counts.modules.add(1u64),
            Payload::InstanceSection(section) => counts.instances.add(section.count()),
            Payload::ComponentInstanceSection(section) => counts.instances.add(section.count()),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, encoding: Encoding) -> Result<(), Refusal> {
        if encoding == Encoding::Component {
            let depth = self.levels.len().saturating_add(1);
            let most = self.by.bounds.component_depth;
            within("components in each other", depth, most)?;
        }
        self.levels.push(Level::default());
        Ok(())
    }

    fn types(&mut self, section: &TypeSectionReader<'_>) -> Result<(), Refusal> {
        self.counts.types.add(section.count())?;
        let most = self.by.bounds.parameters;
        for group in section.clone() {
            for ty in group.map_err(invalid)?.types() {
                if let CompositeInnerType::Func(function) = &ty.composite_type.inner {
                    within("parameters of a function", function.params().len(), most)?;
                    within("results of a function", function.results().len(), most)?;
                }
            }
        }
        Ok(())
    }

    fn imports(&mut self, section: &ImportSectionReader<'_>) -> Result<(), Refusal> {
        let outermost = self.is_outermost();
        for import in section.clone().into_imports() {
            let import = import.map_err(invalid)?;
            self.counts.imports.add(1u64)?;
            if let Some(level) = self.levels.last_mut() {
                level.import(&import.ty);
            }
            if let TypeRef::Memory(memory) = &import.ty {
                self.counts.memory.add(bytes(memory.initial))?;
            }
            if outermost {
                let (module, name) = (import.module.to_owned(), import.name.to_owned());
                self.found.imports.push((module, name));
            }
        }
        Ok(())
    }

    fn component_imports(
        &mut self,
        section: &ComponentImportSectionReader<'_>,
    ) -> Result<(), Refusal> {
        self.counts.imports.add(section.count())?;
        let outermost = self.is_outermost();
        for import in section.clone() {
            let import = import.map_err(invalid)?;
            if outermost {
                let name = import.name.name.to_owned();
                self.found.imports.push((name, String::new()));
            }
        }
        Ok(())
    }

    fn tables(&mut self, section: &TableSectionReader<'_>) -> Result<(), Refusal> {
        within("tables", section.count(), self.by.bounds.tables)?;
        let most = self.by.max_table;
        for table in section.clone() {
            let size = table.map_err(invalid)?.ty.initial;
            within("elements of a table in the beginning", size, most)?;
            if let Some(level) = self.levels.last_mut() {
                level.tables.push(Some(size));
            }
        }
        Ok(())
    }

    fn memories(&mut self, section: &MemorySectionReader<'_>) -> Result<(), Refusal> {
        within("memories of a module", section.count(), 1)?;
        for memory in section.clone() {
            let size = bytes(memory.map_err(invalid)?.initial);
            self.counts.memory.add(size)?;
            if let Some(level) = self.levels.last_mut() {
                level.memories.push(Some(size));
            }
        }
        Ok(())
    }

    fn exports(&mut self, section: &ExportSectionReader<'_>) -> Result<(), Refusal> {
        self.counts.exports.add(section.count())?;
        let outermost = self.is_outermost();
        for export in section.clone() {
            let export = export.map_err(invalid)?;
            if outermost {
                self.found.export(&export);
            }
        }
        Ok(())
    }

    fn component_exports(
        &mut self,
        section: &ComponentExportSectionReader<'_>,
    ) -> Result<(), Refusal> {
        self.counts.exports.add(section.count())?;
        let outermost = self.is_outermost();
        for export in section.clone() {
            let export = export.map_err(invalid)?;
            if outermost {
                let name = export.name.name.to_owned();
                self.found.component_exports.push(name);
            }
        }
        Ok(())
    }

    fn elements(&mut self, section: &ElementSectionReader<'_>) -> Result<(), Refusal> {
        for (index, element) in (0..).zip(section.clone()) {
            let element = element.map_err(invalid)?;
            let size = segments::size(&element.items);
            self.counts.elements.add(size)?;
            if let Some(level) = self.levels.last() {
                level.check_element(index, &element.kind, size)?;
            }
        }
        Ok(())
    }

    fn data(&mut self, section: &DataSectionReader<'_>) -> Result<(), Refusal> {
        self.counts.data_segments.add(section.count())?;
        for (index, data) in (0..).zip(section.clone()) {
            let data = data.map_err(invalid)?;
            if let Some(level) = self.levels.last() {
                level.check_data(index, &data.kind, data.data.len())?;
            }
        }
        Ok(())
    }
}

fn bytes(pages: u64) -> u64 {
    pages.saturating_mul(PAGE)
}
