//! Host functions of off-chain workers: a clock and a random seed that Python sets, storage in memory, submitted extrinsics.

use crate::abi::{array, bytes, fail, give, give_array, give_list, orfail, Global};
use crate::storage::give_option;
use codec::Decode;
use std::collections::BTreeMap;

#[derive(Default)]
struct Offchain {
    /// Milliseconds since the Unix epoch.
    timestamp: u64,
    seeds: u64,
    /// By kind (1 persistent, 2 local) and key.
    storage: BTreeMap<(u32, Vec<u8>), Vec<u8>>,
    submitted: Vec<Vec<u8>>,
}

static OFFCHAIN: Global<Offchain> = Global::new(Offchain::default);
static SEED: Global<[u8; 32]> = Global::new(|| [0; 32]);

/// The host's seed: of signatures' nonces and off-chain random numbers.
pub fn seed() -> [u8; 32] {
    *SEED.get()
}

#[no_mangle]
extern "C" fn set_seed(seed: u32) {
    *SEED.get() = *array(seed);
}

#[no_mangle]
extern "C" fn set_timestamp(milliseconds: u64) {
    OFFCHAIN.get().timestamp = milliseconds;
}

/// Extrinsics submitted since this was asked.
#[no_mangle]
extern "C" fn take_submitted() -> u64 {
    give_list(std::mem::take(&mut OFFCHAIN.get().submitted))
}

#[no_mangle]
extern "C" fn ext_offchain_timestamp_version_1() -> u64 {
    OFFCHAIN.get().timestamp
}

#[no_mangle]
extern "C" fn ext_offchain_is_validator_version_1() -> u32 {
    1
}

#[no_mangle]
extern "C" fn ext_offchain_random_seed_version_1() -> u32 {
    let offchain = OFFCHAIN.get();
    offchain.seeds += 1;
    let mut input = seed().to_vec();
    input.extend_from_slice(&offchain.seeds.to_le_bytes());
    give_array(sp_crypto_hashing::blake2_256(&input))
}

/// SCALE `Ok(())`.
#[no_mangle]
extern "C" fn ext_offchain_submit_transaction_version_1(data: u32, length: u32) -> u64 {
    OFFCHAIN.get().submitted.push(bytes(data, length).to_vec());
    give(&[0])
}

#[no_mangle]
extern "C" fn ext_offchain_local_storage_get_version_1(kind: u32, key: u32, length: u32) -> u64 {
    let value = OFFCHAIN.get().storage.get(&(kind, bytes(key, length).to_vec()));
    give_option(value.map(Vec::as_slice))
}

#[no_mangle]
extern "C" fn ext_offchain_local_storage_set_version_1(kind: u32, key: u32, length: u32, value: u32, size: u32) {
    OFFCHAIN.get().storage.insert((kind, bytes(key, length).to_vec()), bytes(value, size).to_vec());
}

#[no_mangle]
extern "C" fn ext_offchain_local_storage_clear_version_1(kind: u32, key: u32, length: u32) {
    OFFCHAIN.get().storage.remove(&(kind, bytes(key, length).to_vec()));
}

#[no_mangle]
extern "C" fn ext_offchain_local_storage_compare_and_set_version_1(
    kind: u32,
    key: u32,
    length: u32,
    old: u32,
    old_length: u32,
    new: u32,
    new_length: u32,
) -> u32 {
    let old = orfail(Option::<Vec<u8>>::decode(&mut bytes(old, old_length)), "old value is no SCALE option");
    let storage = &mut OFFCHAIN.get().storage;
    let key = (kind, bytes(key, length).to_vec());
    let same = storage.get(&key) == old.as_ref();
    if same {
        storage.insert(key, bytes(new, new_length).to_vec());
    }
    same.into()
}

#[no_mangle]
extern "C" fn ext_offchain_sleep_until_version_1(_: u64) {
    fail("ext_offchain_sleep_until_version_1: no one waits in a simulated node");
}
