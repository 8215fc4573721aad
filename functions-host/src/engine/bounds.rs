//! How much of everything a module may have, before anything of it is compiled.
//!
//! A compiler does much work for few bytes: a function of fifty thousand locals, or
//! twenty thousand blocks in each other, fits in a small file and keeps a compiler
//! busy for minutes. So what is far from anything that real compilers of real
//! languages put out is refused by counting alone.

/// How much of everything a module may have.
///
/// The defaults leave room for what Rust, Go, C, AssemblyScript and whole interpreters
/// compile to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// The size of the file in bytes.
    pub bytes: u64,
    /// Functions with a body, over all modules in the file.
    pub functions: u64,
    /// Bytes of one function's body.
    pub function_bytes: u64,
    /// Locals of one function.
    pub locals: u64,
    /// Blocks, loops and ifs in each other.
    pub nesting: u64,
    /// Targets of one `br_table`.
    pub br_table: u64,
    /// Parameters, or results, of one function type.
    pub parameters: u64,
    /// Types, over all modules and components in the file.
    pub types: u64,
    /// Imports, over all modules and components in the file.
    pub imports: u64,
    /// Exports, likewise.
    pub exports: u64,
    /// Globals of one module.
    pub globals: u64,
    /// Tables of one module.
    pub tables: u64,
    /// Data segments, over all modules in the file.
    pub data_segments: u64,
    /// Elements in element segments, over all modules in the file.
    pub elements: u64,
    /// Modules in a component.
    pub modules: u64,
    /// Instances in a component.
    pub instances: u64,
    /// Components in each other.
    pub component_depth: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            functions: 50_000,
            function_bytes: 1 << 20,
            locals: 10_000,
            nesting: 5_000,
            br_table: 20_000,
            parameters: 100,
            types: 20_000,
            imports: 20_000,
            exports: 20_000,
            globals: 10_000,
            tables: 4,
            data_segments: 50_000,
            elements: 200_000,
            modules: 64,
            instances: 200,
            component_depth: 8,
        }
    }
}
