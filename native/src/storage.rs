//! Host functions of the main storage.

use crate::abi::{bytes, fail, give, orfail, packed, result, set_out};
use crate::execution::running;
use crate::state::state_version;
use codec::{Compact, Decode, Encode};
use sp_core::storage::StateVersion;
use sp_externalities::{Externalities, MultiRemovalResults};

/// SCALE of an optional byte string.
pub fn give_option(value: Option<&[u8]>) -> u64 {
    let buffer = result();
    match value {
        None => buffer.push(0),
        Some(value) => {
            buffer.push(1);
            Compact(value.len() as u32).encode_to(buffer);
            buffer.extend_from_slice(value);
        }
    }
    packed()
}

/// SCALE of the optional length that the `read` functions return; the bytes go to the out area.
pub fn give_read(value: Option<Vec<u8>>, offset: u32) -> u64 {
    let buffer = result();
    let Some(value) = value else {
        set_out(&[]);
        buffer.push(0);
        return packed();
    };
    let rest = &value[(offset as usize).min(value.len())..];
    buffer.push(1);
    (rest.len() as u32).encode_to(buffer);
    let head = buffer.len();
    buffer.extend_from_slice(rest);
    let (pointer, span) = (buffer.as_ptr(), packed());
    set_out(unsafe { std::slice::from_raw_parts(pointer.add(head), rest.len()) });
    (span & 0xffff_ffff) | ((head as u64) << 32)
}

/// SCALE of sp-io's `KillStorageResult`: all removed or some remain, and how many keys of the backend were met.
pub fn give_removal(removed: MultiRemovalResults) -> u64 {
    let buffer = result();
    buffer.push(u8::from(removed.maybe_cursor.is_some()));
    removed.loops.encode_to(buffer);
    packed()
}

pub fn limit(pointer: u32, length: u32) -> Option<u32> {
    orfail(Option::<u32>::decode(&mut bytes(pointer, length)), "limit is no SCALE Option<u32>")
}

#[no_mangle]
extern "C" fn ext_storage_get_version_1(key: u32, length: u32) -> u64 {
    give_option(running().ext().storage(bytes(key, length)).as_deref())
}

#[no_mangle]
extern "C" fn ext_storage_read_version_1(key: u32, length: u32, offset: u32) -> u64 {
    give_read(running().ext().storage(bytes(key, length)), offset)
}

#[no_mangle]
extern "C" fn ext_storage_set_version_1(key: u32, length: u32, value: u32, value_length: u32) {
    running().ext().set_storage(bytes(key, length).to_vec(), bytes(value, value_length).to_vec());
}

#[no_mangle]
extern "C" fn ext_storage_clear_version_1(key: u32, length: u32) {
    running().ext().clear_storage(bytes(key, length));
}

#[no_mangle]
extern "C" fn ext_storage_exists_version_1(key: u32, length: u32) -> u32 {
    running().ext().exists_storage(bytes(key, length)).into()
}

#[no_mangle]
extern "C" fn ext_storage_append_version_1(key: u32, length: u32, value: u32, value_length: u32) {
    running().forget_root();
    running().ext().storage_append(bytes(key, length).to_vec(), bytes(value, value_length).to_vec());
}

#[no_mangle]
extern "C" fn ext_storage_next_key_version_1(key: u32, length: u32) -> u64 {
    give_option(running().ext().next_storage_key(bytes(key, length)).as_deref())
}

#[no_mangle]
extern "C" fn ext_storage_clear_prefix_version_1(prefix: u32, length: u32) {
    let _ = running().ext().clear_prefix(bytes(prefix, length), None, None);
}

#[no_mangle]
extern "C" fn ext_storage_clear_prefix_version_2(prefix: u32, length: u32, maximum: u32, maximum_length: u32) -> u64 {
    let maximum = limit(maximum, maximum_length);
    give_removal(running().ext().clear_prefix(bytes(prefix, length), maximum, None))
}

fn root(version: StateVersion) -> u64 {
    let execution = running();
    execution.version = version;
    execution.rooted = true;
    give(&execution.ext().storage_root(version))
}

#[no_mangle]
extern "C" fn ext_storage_root_version_1() -> u64 {
    root(StateVersion::V0)
}

#[no_mangle]
extern "C" fn ext_storage_root_version_2(version: u32) -> u64 {
    root(state_version(version))
}

#[no_mangle]
extern "C" fn ext_storage_start_transaction_version_1() {
    running().ext().storage_start_transaction();
}

#[no_mangle]
extern "C" fn ext_storage_commit_transaction_version_1() {
    if running().ext().storage_commit_transaction().is_err() {
        fail("no transaction is open to be committed");
    }
}

#[no_mangle]
extern "C" fn ext_storage_rollback_transaction_version_1() {
    if running().ext().storage_rollback_transaction().is_err() {
        fail("no transaction is open to be rolled back");
    }
}

#[no_mangle]
extern "C" fn ext_storage_proof_size_storage_proof_size_version_1() -> u64 {
    running().recorder.as_ref().map_or(u64::MAX, |recorder| recorder.size() as u64)
}

/// Kept in the overlay as a node does, and dropped with it: no node's off-chain database is simulated.
#[no_mangle]
extern "C" fn ext_offchain_index_set_version_1(key: u32, length: u32, value: u32, value_length: u32) {
    running().ext().set_offchain_storage(bytes(key, length), Some(bytes(value, value_length)));
}

#[no_mangle]
extern "C" fn ext_offchain_index_clear_version_1(key: u32, length: u32) {
    running().ext().set_offchain_storage(bytes(key, length), None);
}
