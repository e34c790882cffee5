//! BABE's lottery, as sp-consensus-babe and sc-consensus-babe hold it.

use crate::abi::{array, bytes, packed, result};
use crate::keys::{keypair, nonce_source};
use curve25519_dalek::{RistrettoPoint, Scalar};
use merlin::Transcript;
use schnorrkel::context::attach_rng;
use schnorrkel::points::RistrettoBoth;
use schnorrkel::vrf::VRFInOut;
use schnorrkel::Keypair;

/// sp-consensus-babe's AUTHORING_SCORE_VRF_CONTEXT.
const SCORE: &[u8] = b"substrate-babe-vrf";

/// sp-consensus-babe's make_vrf_transcript.
fn transcript(randomness: &[u8; 32], slot: u64, epoch: u64) -> Transcript {
    let mut transcript = Transcript::new(b"BABE");
    transcript.append_message(b"slot number", &slot.to_le_bytes());
    transcript.append_message(b"current epoch", &epoch.to_le_bytes());
    transcript.append_message(b"chain randomness", randomness);
    transcript
}

fn score(output: &VRFInOut) -> [u8; 16] {
    output.make_bytes(SCORE)
}

/// What `Keypair::vrf_create_hash` gives, in variable time: these secrets are no secrets.
fn output(pair: &Keypair, transcript: Transcript) -> VRFInOut {
    let key: [u8; 32] = pair.secret.to_bytes()[..32].try_into().expect("32 bytes");
    let key = Scalar::from_bytes_mod_order(key);
    let input = pair.public.vrf_hash(transcript);
    let point = RistrettoPoint::vartime_double_scalar_mul_basepoint(&key, input.as_point(), &Scalar::ZERO);
    VRFInOut { input, output: RistrettoBoth::from_point(point) }
}

/// The scores of many secrets of one length in a slot, 16 bytes each, little endian.
#[no_mangle]
extern "C" fn babe_scores(secrets: u32, count: u32, length: u32, randomness: u32, slot: u64, epoch: u64) -> u64 {
    let secrets = bytes(secrets, count * length);
    let scores = secrets.chunks_exact(length as usize).map(|secret| {
        score(&output(keypair(secret), transcript(array(randomness), slot, epoch)))
    });
    let scores: Vec<[u8; 16]> = scores.collect();
    let buffer = result();
    scores.iter().for_each(|score| buffer.extend_from_slice(score));
    packed()
}

/// Pre-output (32 bytes), proof (64) and score (16).
#[no_mangle]
extern "C" fn babe_claim(secret: u32, length: u32, randomness: u32, slot: u64, epoch: u64) -> u64 {
    let pair = keypair(bytes(secret, length));
    let extra = attach_rng(Transcript::new(b"VRF"), nonce_source());
    let (output, proof, _) = pair.vrf_sign_extra(transcript(array(randomness), slot, epoch), extra);
    let buffer = result();
    buffer.extend_from_slice(output.as_output_bytes());
    buffer.extend_from_slice(&proof.to_bytes());
    buffer.extend_from_slice(&score(&output));
    packed()
}

/// Whether a claim is the secret's owner's: what nodes check before they import a block.
#[no_mangle]
extern "C" fn babe_verify(public: u32, claim: u32, randomness: u32, slot: u64, epoch: u64) -> u32 {
    let claim = array::<96>(claim);
    let verify = || {
        let public = schnorrkel::PublicKey::from_bytes(array::<32>(public)).ok()?;
        let output = schnorrkel::vrf::VRFPreOut::from_bytes(&claim[..32]).ok()?;
        let proof = schnorrkel::vrf::VRFProof::from_bytes(&claim[32..]).ok()?;
        public.vrf_verify(transcript(array(randomness), slot, epoch), &output, &proof).ok()
    };
    verify().is_some().into()
}
