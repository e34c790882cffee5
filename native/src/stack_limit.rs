//! What nodes do to code before they compile it: they read it, and have validation code count the values on its stack.

use crate::abi::{bytes, fail, give};
use wasm_instrument::inject_stack_limiter;
use wasm_instrument::parity_wasm::elements::{
    deserialize_buffer, serialize, ExportEntry, ExportSection, Internal, Module, Section,
};

fn read(code: &[u8]) -> Module {
    deserialize_buffer(code).unwrap_or_else(|error| fail(&format!("nodes cannot read it: {error}")))
}

/// Exports the global that counts, which is the last one, so that the host sees after a trap how far it came.
fn export_count(module: &mut Module, name: String) {
    let Some(globals) = module.global_section().map(|section| section.entries().len()) else { return };
    if module.export_section().is_none() {
        let empty = Section::Export(ExportSection::default());
        module.insert_section(empty).unwrap_or_else(|_| fail("it has no place for exports"));
    }
    let exports = module.export_section_mut().expect("it was there or was put there").entries_mut();
    if exports.iter().all(|export| export.field() != name) {
        exports.push(ExportEntry::new(name, Internal::Global(globals as u32 - 1)));
    }
}

/// Refuses code that nodes cannot read: they know WebAssembly's first version alone, and no extension of it.
#[no_mangle]
extern "C" fn read_code(code: u32, length: u32) {
    read(bytes(code, length));
}

/// The code with a count of the values on its stack, which traps beyond `most`; the count is exported by the name.
#[no_mangle]
extern "C" fn limit_stack(code: u32, length: u32, name: u32, name_length: u32, most: u32) -> u64 {
    let mut limited = inject_stack_limiter(read(bytes(code, length)), most)
        .unwrap_or_else(|why| fail(&format!("the depth of its stack cannot be counted: {why}")));
    export_count(&mut limited, String::from_utf8_lossy(bytes(name, name_length)).into_owned());
    give(&serialize(limited).unwrap_or_else(|error| fail(&format!("nodes cannot write it again: {error}"))))
}
