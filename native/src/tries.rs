//! Host functions that compute the root of a trie given whole.

use crate::abi::{bytes, give_array, list, orfail};
use crate::state::state_version;
use codec::Decode;
use sp_core::storage::StateVersion;
use sp_core::{Blake2Hasher, Hasher, KeccakHasher, H256};
use sp_trie::{LayoutV0, LayoutV1, TrieConfiguration};

type Pair = (Vec<u8>, Vec<u8>);

fn root<H: Hasher<Out = H256>>(pairs: Vec<Pair>, version: StateVersion) -> u32 {
    let root = match version {
        StateVersion::V0 => LayoutV0::<H>::trie_root(pairs),
        StateVersion::V1 => LayoutV1::<H>::trie_root(pairs),
    };
    give_array(root.0)
}

fn ordered<H: Hasher<Out = H256>>(values: Vec<Vec<u8>>, version: StateVersion) -> u32 {
    let root = match version {
        StateVersion::V0 => LayoutV0::<H>::ordered_trie_root(values),
        StateVersion::V1 => LayoutV1::<H>::ordered_trie_root(values),
    };
    give_array(root.0)
}

fn pairs(data: u32, length: u32) -> Vec<Pair> {
    orfail(Vec::decode(&mut bytes(data, length)), "argument is no SCALE list of pairs")
}

fn values(data: u32, length: u32) -> Vec<Vec<u8>> {
    orfail(Vec::decode(&mut bytes(data, length)), "argument is no SCALE list of byte strings")
}

macro_rules! root_functions {
    ($($first:ident, $second:ident = $root:ident::<$hasher:ident>($read:ident);)*) => {
        $(#[no_mangle]
        extern "C" fn $first(data: u32, length: u32) -> u32 {
            $root::<$hasher>($read(data, length), StateVersion::V0)
        }

        #[no_mangle]
        extern "C" fn $second(data: u32, length: u32, version: u32) -> u32 {
            $root::<$hasher>($read(data, length), state_version(version))
        })*
    };
}

root_functions! {
    ext_trie_blake2_256_root_version_1, ext_trie_blake2_256_root_version_2 = root::<Blake2Hasher>(pairs);
    ext_trie_keccak_256_root_version_1, ext_trie_keccak_256_root_version_2 = root::<KeccakHasher>(pairs);
    ext_trie_blake2_256_ordered_root_version_1, ext_trie_blake2_256_ordered_root_version_2 = ordered::<Blake2Hasher>(values);
    ext_trie_keccak_256_ordered_root_version_1, ext_trie_keccak_256_ordered_root_version_2 = ordered::<KeccakHasher>(values);
}

/// For Python: root over a list of values keyed by their index.
#[no_mangle]
extern "C" fn ordered_root(data: u32, length: u32, version: u32) -> u32 {
    let values = list(bytes(data, length)).into_iter().map(<[u8]>::to_vec).collect();
    ordered::<Blake2Hasher>(values, state_version(version))
}

/// For Python: root over a list of key, value, key, value ...
#[no_mangle]
extern "C" fn trie_root(data: u32, length: u32, version: u32) -> u32 {
    let items = list(bytes(data, length));
    let pairs = items.chunks_exact(2).map(|pair| (pair[0].to_vec(), pair[1].to_vec())).collect();
    root::<Blake2Hasher>(pairs, state_version(version))
}
