//! `ext_misc_runtime_version`: the version that a runtime's code carries in its custom sections.

use crate::abi::bytes;
use crate::storage::give_option;
use codec::{Compact, Decode, Encode};
use std::io::Read;

/// Prefix of compressed code (sp-maybe-compressed-blob).
const COMPRESSED: [u8; 8] = [82, 188, 83, 118, 70, 219, 142, 5];
/// Substrate's own bound on decompressed code.
const LARGEST: u64 = 50 * 1024 * 1024;
/// Blake2-64 of "Core": its version says which fields the version has.
const CORE: [u8; 8] = [0xdf, 0x6a, 0xcb, 0x68, 0x99, 0x07, 0x60, 0x9b];

fn decompressed(code: &[u8]) -> Option<Vec<u8>> {
    let Some(compressed) = code.strip_prefix(&COMPRESSED) else { return Some(code.to_vec()) };
    let mut wasm = Vec::new();
    let decoder = ruzstd::decoding::StreamingDecoder::new(compressed).ok()?;
    decoder.take(LARGEST).read_to_end(&mut wasm).ok()?;
    Some(wasm)
}

fn leb128(data: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in (0..32).step_by(7) {
        let (&byte, rest) = data.split_first()?;
        *data = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(data: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, rest) = data.split_at_checked(length)?;
    *data = rest;
    Some(head)
}

fn custom_section<'a>(wasm: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = wasm.strip_prefix(b"\0asm\x01\0\0\0")?;
    while let Some((&kind, after)) = rest.split_first() {
        rest = after;
        let length = leb128(&mut rest)?;
        let mut section = take(&mut rest, length)?;
        if kind == 0 {
            let length = leb128(&mut section)?;
            if take(&mut section, length)? == name.as_bytes() {
                return Some(section);
            }
        }
    }
    None
}

/// SCALE of the RuntimeVersion: the section's, with the APIs of the other section in it.
fn version(code: &[u8]) -> Option<Vec<u8>> {
    let wasm = decompressed(code)?;
    let section = custom_section(&wasm, "runtime_version")?;
    let apis: Vec<([u8; 8], u32)> = custom_section(&wasm, "runtime_apis")
        .unwrap_or_default()
        .chunks_exact(12)
        .map(|api| (api[..8].try_into().expect("eight bytes"), u32::from_le_bytes(api[8..].try_into().expect("four"))))
        .collect();
    let core = apis.iter().find(|(id, _)| *id == CORE).map_or(0, |(_, version)| *version);
    let mut rest = section;
    let names = <(String, String)>::decode(&mut rest).ok()?;
    let numbers = <[u32; 3]>::decode(&mut rest).ok()?;
    let listed = Compact::<u32>::decode(&mut rest).ok()?.0 as usize;
    take(&mut rest, 12 * listed)?;
    let transaction = if core >= 3 { u32::decode(&mut rest).ok()? } else { 1 };
    let state = if core >= 4 { u8::decode(&mut rest).ok()? } else { 0 };
    Some((names, numbers, apis, transaction, state).encode())
}

#[no_mangle]
extern "C" fn ext_misc_runtime_version_version_1(code: u32, length: u32) -> u64 {
    give_option(version(bytes(code, length)).as_deref())
}
