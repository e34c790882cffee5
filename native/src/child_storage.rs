//! Host functions of child tries (Substrate's "default" child storage).

use crate::abi::{bytes, give};
use crate::execution::running;
use crate::state::state_version;
use crate::storage::{give_option, give_read, give_removal, limit};
use sp_core::storage::{ChildInfo, StateVersion};
use sp_externalities::Externalities;

fn child(pointer: u32, length: u32) -> ChildInfo {
    ChildInfo::new_default(bytes(pointer, length))
}

#[no_mangle]
extern "C" fn ext_default_child_storage_get_version_1(at: u32, size: u32, key: u32, length: u32) -> u64 {
    give_option(running().ext().child_storage(&child(at, size), bytes(key, length)).as_deref())
}

#[no_mangle]
extern "C" fn ext_default_child_storage_read_version_1(at: u32, size: u32, key: u32, length: u32, offset: u32) -> u64 {
    give_read(running().ext().child_storage(&child(at, size), bytes(key, length)), offset)
}

#[no_mangle]
extern "C" fn ext_default_child_storage_set_version_1(
    at: u32,
    size: u32,
    key: u32,
    length: u32,
    value: u32,
    value_length: u32,
) {
    let (key, value) = (bytes(key, length).to_vec(), bytes(value, value_length).to_vec());
    running().ext().set_child_storage(&child(at, size), key, value);
}

#[no_mangle]
extern "C" fn ext_default_child_storage_clear_version_1(at: u32, size: u32, key: u32, length: u32) {
    running().ext().clear_child_storage(&child(at, size), bytes(key, length));
}

#[no_mangle]
extern "C" fn ext_default_child_storage_exists_version_1(at: u32, size: u32, key: u32, length: u32) -> u32 {
    running().ext().exists_child_storage(&child(at, size), bytes(key, length)).into()
}

#[no_mangle]
extern "C" fn ext_default_child_storage_next_key_version_1(at: u32, size: u32, key: u32, length: u32) -> u64 {
    give_option(running().ext().next_child_storage_key(&child(at, size), bytes(key, length)).as_deref())
}

#[no_mangle]
extern "C" fn ext_default_child_storage_storage_kill_version_1(at: u32, size: u32) {
    let _ = running().ext().kill_child_storage(&child(at, size), None, None);
}

/// Whether all was removed.
#[no_mangle]
extern "C" fn ext_default_child_storage_storage_kill_version_2(at: u32, size: u32, most: u32, length: u32) -> u32 {
    let removed = running().ext().kill_child_storage(&child(at, size), limit(most, length), None);
    removed.maybe_cursor.is_none().into()
}

#[no_mangle]
extern "C" fn ext_default_child_storage_storage_kill_version_3(at: u32, size: u32, most: u32, length: u32) -> u64 {
    give_removal(running().ext().kill_child_storage(&child(at, size), limit(most, length), None))
}

#[no_mangle]
extern "C" fn ext_default_child_storage_clear_prefix_version_1(at: u32, size: u32, prefix: u32, length: u32) {
    let _ = running().ext().clear_child_prefix(&child(at, size), bytes(prefix, length), None, None);
}

#[no_mangle]
extern "C" fn ext_default_child_storage_clear_prefix_version_2(
    at: u32,
    size: u32,
    prefix: u32,
    length: u32,
    most: u32,
    most_length: u32,
) -> u64 {
    let most = limit(most, most_length);
    give_removal(running().ext().clear_child_prefix(&child(at, size), bytes(prefix, length), most, None))
}

#[no_mangle]
extern "C" fn ext_default_child_storage_root_version_1(at: u32, size: u32) -> u64 {
    give(&running().ext().child_storage_root(&child(at, size), StateVersion::V0))
}

#[no_mangle]
extern "C" fn ext_default_child_storage_root_version_2(at: u32, size: u32, version: u32) -> u64 {
    give(&running().ext().child_storage_root(&child(at, size), state_version(version)))
}
