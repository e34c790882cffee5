//! Host functions of a node's keystore, open while Python calls a runtime API that makes session keys.

use crate::abi::{array, bytes, fail, give, give_array, give_list, list, orfail, Global};
use crate::ecdsa;
use crate::keys::{ed25519_key, ed25519_signature, keypair, sr25519_signature};
use codec::{Compact, Decode, Encode};
use schnorrkel::{ExpansionMode, MiniSecretKey};
use sp_crypto_hashing::blake2_256;

type KeyType = [u8; 4];

/// The signature schemes of keys, as Python numbers them.
#[derive(Clone, Copy, PartialEq)]
enum Scheme {
    Sr25519 = 0,
    Ed25519 = 1,
    Ecdsa = 2,
}

struct Key {
    kind: KeyType,
    scheme: Scheme,
    public: Vec<u8>,
    secret: Vec<u8>,
}

impl Key {
    /// Key type, scheme, public key and secret, each as one item of a list.
    fn parts(&self) -> [Vec<u8>; 4] {
        [self.kind.to_vec(), vec![self.scheme as u8], self.public.clone(), self.secret.clone()]
    }
}

struct Keystore {
    seed: [u8; 32],
    keys: Vec<Key>,
    /// How many there were when it was opened.
    old: usize,
}

static KEYSTORE: Global<Option<Keystore>> = Global::new(|| None);

fn keystore() -> &'static mut Keystore {
    KEYSTORE.get().as_mut().unwrap_or_else(|| fail("No `keystore` associated for the current context!"))
}

/// Opens a keystore with these keys, as `parts` gives them one after the other; new ones come from the seed.
#[no_mangle]
extern "C" fn keystore_open(seed: u32, keys: u32, length: u32) {
    let parts = list(bytes(keys, length));
    let keys: Vec<Key> = parts.chunks_exact(4).map(|parts| Key {
        kind: orfail(parts[0].try_into(), "a key type has four bytes"),
        scheme: match parts[1] {
            [0] => Scheme::Sr25519,
            [1] => Scheme::Ed25519,
            [2] => Scheme::Ecdsa,
            _ => fail("no such scheme"),
        },
        public: parts[2].to_vec(),
        secret: parts[3].to_vec(),
    }).collect();
    *KEYSTORE.get() = Some(Keystore { seed: *array(seed), old: keys.len(), keys });
}

/// Closes it; the keys that were made meanwhile.
#[no_mangle]
extern "C" fn keystore_close() -> u64 {
    let made = KEYSTORE.get().take().map(|mut store| store.keys.split_off(store.old)).unwrap_or_default();
    give_list(made.iter().flat_map(Key::parts))
}

/// Makes a key and keeps it; its public half. A runtime that wants it from a seed of its own gets none: no RPC does.
fn generate(scheme: Scheme, kind: u32, seed: u32, length: u32) -> Vec<u8> {
    let given = orfail(Option::<Vec<u8>>::decode(&mut bytes(seed, length)), "the seed is no SCALE option");
    if given.is_some() {
        fail("simulated keystores make no keys from seeds that a runtime gives");
    }
    let store = keystore();
    let kind = *array::<4>(kind);
    let secret = blake2_256(&(store.seed, store.keys.len() as u64, kind, scheme as u8).encode());
    let (public, secret) = match scheme {
        Scheme::Sr25519 => {
            let mini = orfail(MiniSecretKey::from_bytes(&secret), "32 bytes are a mini secret");
            let pair = mini.expand_to_keypair(ExpansionMode::Ed25519);
            (pair.public.to_bytes().to_vec(), pair.secret.to_bytes().to_vec())
        }
        Scheme::Ed25519 => (ed25519_key(&secret).to_vec(), secret.to_vec()),
        Scheme::Ecdsa => (ecdsa::public(&secret).to_vec(), secret.to_vec()),
    };
    store.keys.push(Key { kind, scheme, public: public.clone(), secret });
    public
}

/// SCALE of all public keys of a type and scheme.
fn public_keys(scheme: Scheme, kind: u32) -> u64 {
    let kind = *array::<4>(kind);
    let found: Vec<&[u8]> =
        keystore().keys.iter().filter(|key| key.kind == kind && key.scheme == scheme).map(|key| &key.public[..]).collect();
    let mut encoded = Compact(found.len() as u32).encode();
    found.iter().for_each(|public| encoded.extend_from_slice(public));
    give(&encoded)
}

/// SCALE of the signature by a key of the keystore; none by one that it has not.
fn sign<const N: usize>(scheme: Scheme, kind: u32, public: &[u8], by: impl FnOnce(&[u8]) -> [u8; N]) -> u64 {
    let kind = *array::<4>(kind);
    let found = keystore().keys.iter().find(|key| key.kind == kind && key.scheme == scheme && key.public == public);
    let mut encoded = vec![found.is_some() as u8];
    if let Some(key) = found {
        encoded.extend_from_slice(&by(&key.secret));
    }
    give(&encoded)
}

fn fixed<const N: usize>(public: Vec<u8>) -> u32 {
    give_array::<N>(orfail(public.try_into(), "a public key of another scheme"))
}

#[no_mangle]
extern "C" fn ext_crypto_sr25519_generate_version_1(kind: u32, seed: u32, length: u32) -> u32 {
    fixed::<32>(generate(Scheme::Sr25519, kind, seed, length))
}

#[no_mangle]
extern "C" fn ext_crypto_ed25519_generate_version_1(kind: u32, seed: u32, length: u32) -> u32 {
    fixed::<32>(generate(Scheme::Ed25519, kind, seed, length))
}

#[no_mangle]
extern "C" fn ext_crypto_ecdsa_generate_version_1(kind: u32, seed: u32, length: u32) -> u32 {
    fixed::<33>(generate(Scheme::Ecdsa, kind, seed, length))
}

#[no_mangle]
extern "C" fn ext_crypto_sr25519_public_keys_version_1(kind: u32) -> u64 {
    public_keys(Scheme::Sr25519, kind)
}

#[no_mangle]
extern "C" fn ext_crypto_ed25519_public_keys_version_1(kind: u32) -> u64 {
    public_keys(Scheme::Ed25519, kind)
}

#[no_mangle]
extern "C" fn ext_crypto_ecdsa_public_keys_version_1(kind: u32) -> u64 {
    public_keys(Scheme::Ecdsa, kind)
}

#[no_mangle]
extern "C" fn ext_crypto_sr25519_sign_version_1(kind: u32, public: u32, message: u32, size: u32) -> u64 {
    let message = bytes(message, size);
    sign(Scheme::Sr25519, kind, array::<32>(public), |secret| sr25519_signature(keypair(secret), message))
}

#[no_mangle]
extern "C" fn ext_crypto_ed25519_sign_version_1(kind: u32, public: u32, message: u32, size: u32) -> u64 {
    let message = bytes(message, size);
    sign(Scheme::Ed25519, kind, array::<32>(public), |secret| {
        ed25519_signature(&orfail(secret.try_into(), "an ed25519 seed has 32 bytes"), message)
    })
}

#[no_mangle]
extern "C" fn ext_crypto_ecdsa_sign_version_1(kind: u32, public: u32, message: u32, size: u32) -> u64 {
    let digest = blake2_256(bytes(message, size));
    sign(Scheme::Ecdsa, kind, array::<33>(public), |secret| {
        ecdsa::sign(&orfail(secret.try_into(), "an ECDSA secret has 32 bytes"), &digest)
    })
}
