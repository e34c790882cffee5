//! Signing keys that Python hands over, expanded once, and the signatures made with them.

use crate::abi::{array, bytes, fail, give_array, orfail, Global};
use crate::crypto::{remember, Algorithm};
use crate::ecdsa;
use crate::offchain::seed;
use hashbrown::HashMap;
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::ChaCha20Rng;
use schnorrkel::context::{attach_rng, signing_context};
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, SecretKey};

const MOST: usize = 1 << 16;

static KEYPAIRS: Global<HashMap<Vec<u8>, Keypair>> = Global::new(HashMap::new);

/// The sr25519 pair of a secret: 64 bytes are a schnorrkel secret key (scalar and nonce), 32 a mini secret.
pub fn keypair(secret: &[u8]) -> &'static Keypair {
    let pairs = KEYPAIRS.get();
    if pairs.len() >= MOST {
        pairs.clear();
    }
    pairs.entry(secret.to_vec()).or_insert_with(|| match secret.len() {
        64 => orfail(SecretKey::from_bytes(secret), "not an sr25519 secret key").to_keypair(),
        32 => orfail(MiniSecretKey::from_bytes(secret), "not a mini secret").expand_to_keypair(ExpansionMode::Ed25519),
        _ => fail("an sr25519 secret has 64 bytes, a mini secret 32"),
    })
}

/// What schnorrkel mixes into nonces instead of the machine's randomness: the host's seed, so signing is repeatable.
pub fn nonce_source() -> ChaCha20Rng {
    ChaCha20Rng::from_seed(seed())
}

#[no_mangle]
extern "C" fn sr25519_public(secret: u32, length: u32) -> u32 {
    give_array(keypair(bytes(secret, length)).public.to_bytes())
}

/// In the context `substrate`.
pub fn sr25519_signature(pair: &Keypair, message: &[u8]) -> [u8; 64] {
    let transcript = attach_rng(signing_context(b"substrate").bytes(message), nonce_source());
    let signature = pair.sign(transcript).to_bytes();
    remember(Algorithm::Sr25519, &signature, message, &pair.public.to_bytes(), true);
    signature
}

pub fn ed25519_key(seed: &[u8; 32]) -> [u8; 32] {
    ed25519_zebra::VerificationKeyBytes::from(&ed25519_zebra::SigningKey::from(*seed)).into()
}

pub fn ed25519_signature(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    let key = ed25519_zebra::SigningKey::from(*seed);
    let public: [u8; 32] = ed25519_zebra::VerificationKeyBytes::from(&key).into();
    let signature: [u8; 64] = key.sign(message).into();
    remember(Algorithm::Ed25519, &signature, message, &public, true);
    signature
}

#[no_mangle]
extern "C" fn sr25519_sign(secret: u32, length: u32, message: u32, size: u32) -> u32 {
    give_array(sr25519_signature(keypair(bytes(secret, length)), bytes(message, size)))
}

#[no_mangle]
extern "C" fn ed25519_public(secret: u32) -> u32 {
    give_array(ed25519_key(array(secret)))
}

#[no_mangle]
extern "C" fn ed25519_sign(secret: u32, message: u32, size: u32) -> u32 {
    give_array(ed25519_signature(array(secret), bytes(message, size)))
}

#[no_mangle]
extern "C" fn ecdsa_public(secret: u32) -> u32 {
    give_array(ecdsa::public(array(secret)))
}

/// Over the message's Blake2-256, as Substrate's accounts sign.
#[no_mangle]
extern "C" fn ecdsa_sign(secret: u32, message: u32, size: u32) -> u32 {
    give_array(ecdsa::sign(array(secret), &sp_crypto_hashing::blake2_256(bytes(message, size))))
}

/// Over a digest, as BEEFY signs (Keccak-256 of a commitment).
#[no_mangle]
extern "C" fn ecdsa_sign_digest(secret: u32, digest: u32) -> u32 {
    give_array(ecdsa::sign(array(secret), array(digest)))
}
