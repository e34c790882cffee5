//! Host functions that hash.

use crate::abi::{bytes, give_array};
use sp_crypto_hashing as hashes;

macro_rules! hash_functions {
    ($($name:ident = $hash:ident),* $(,)?) => {
        $(#[no_mangle]
        extern "C" fn $name(data: u32, length: u32) -> u32 {
            give_array(hashes::$hash(bytes(data, length)))
        })*
    };
}

hash_functions! {
    ext_hashing_blake2_128_version_1 = blake2_128,
    ext_hashing_blake2_256_version_1 = blake2_256,
    ext_hashing_keccak_256_version_1 = keccak_256,
    ext_hashing_keccak_512_version_1 = keccak_512,
    ext_hashing_sha2_256_version_1 = sha2_256,
    ext_hashing_twox_64_version_1 = twox_64,
    ext_hashing_twox_128_version_1 = twox_128,
    ext_hashing_twox_256_version_1 = twox_256,
}
