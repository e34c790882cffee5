//! A migration that goes wrong as the key `:defect` says, for rehearsals of upgrades that fail.
//!
//! The key holds a word, which a call sets before the upgrade; without it, or with any other word, nothing is migrated.
//!
//! | word | what the migration does |
//! | --- | --- |
//! | `panic` | panics in the first block |
//! | `weight` | counts twice the weight that a block may have, which validators still execute in time |
//! | `time` | counts eight seconds, more than backers give a candidate |
//! | `proof` | writes more in the first block than a proof may have, and reads it in the second |
//! | `authorities` | gives Aura in the second block to a key that nobody has |
//! | `endless` | has no last block, so that no transaction gets into blocks any more |
//! | `blocks` | takes three blocks and does no harm: adds items, changes them, removes half of them |
//! | `check` | nothing; with the feature `try-runtime` its `post_upgrade` fails |

use alloc::{vec, vec::Vec};

use codec::Encode;
use frame_support::{
	migrations::MultiStepMigrator,
	storage::{storage_prefix, unhashed},
	traits::OnRuntimeUpgrade,
	weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight},
	BoundedVec,
};
use sp_core::sr25519::Public;

use crate::{AccountId, AuraId, Hash, RocksDbWeight, Runtime, RuntimeBlockWeights, System};

const DEFECT: &[u8] = b":defect";

/// Holds how many blocks of a migration are done, while it goes on.
const DONE: &[u8] = b":defect:done";

const ITEMS: u32 = 8;

const MEBIBYTE: u32 = 1 << 20;

/// What runs in the first block with this code; what takes more blocks does its part in each after the inherents, in the
/// first one as well.
pub struct Defects;

impl OnRuntimeUpgrade for Defects {
	fn on_runtime_upgrade() -> Weight {
		match word().as_slice() {
			b"panic" => panic!("the migration of a defective runtime panics"),
			b"weight" => RuntimeBlockWeights::get().max_block.saturating_mul(2),
			b"time" => Weight::from_parts(8 * WEIGHT_REF_TIME_PER_SECOND, 0),
			b"proof" | b"authorities" | b"endless" | b"blocks" => {
				unhashed::put(DONE, &0u32);
				RocksDbWeight::get().writes(1)
			},
			_ => Weight::zero(),
		}
	}

	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<Vec<u8>, sp_runtime::TryRuntimeError> {
		Ok(word())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(before: Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
		if before == b"check" {
			return Err("the check of a defective runtime fails".into());
		}
		Ok(())
	}
}

impl MultiStepMigrator for Defects {
	fn ongoing() -> bool {
		unhashed::exists(DONE)
	}

	fn step() -> Weight {
		unhashed::get(DONE).map_or(Weight::zero(), block)
	}
}

fn word() -> Vec<u8> {
	unhashed::get_raw(DEFECT).unwrap_or_default()
}

/// The next block of a migration of which so many are done.
fn block(done: u32) -> Weight {
	let word = word();
	let blocks = match (word.as_slice(), done) {
		(b"proof", 0) => {
			more_than_a_proof().for_each(|place| unhashed::put_raw(&item(place), &noise(place)));
			2
		},
		(b"proof", _) => {
			more_than_a_proof().for_each(|place| drop(unhashed::get_raw(&item(place))));
			2
		},
		(b"authorities", 0) => 2,
		(b"authorities", _) => {
			let nobody = AuraId::from(Public::from_raw([1; 32]));
			pallet_aura::Authorities::<Runtime>::put(BoundedVec::truncate_from(vec![nobody]));
			2
		},
		(b"blocks", _) => {
			harmless(done);
			3
		},
		_ => u32::MAX,
	};
	if done + 1 < blocks {
		unhashed::put(DONE, &(done + 1));
	} else {
		unhashed::kill(DONE);
	}
	RocksDbWeight::get().reads_writes(ITEMS.into(), ITEMS.into())
}

/// One of three blocks that add, change and remove, each with an event.
fn harmless(done: u32) {
	match done {
		0 => (0..ITEMS).for_each(|place| unhashed::put(&item(place), &0u64)),
		1 => (0..ITEMS).for_each(|place| unhashed::put(&item(place), &1u64)),
		_ => (0..ITEMS / 2).for_each(|place| unhashed::kill(&item(place))),
	}
	let hash = Hash::repeat_byte(done as u8);
	System::deposit_event(frame_system::Event::Remarked { sender: AccountId::new([0; 32]), hash });
}

fn item(place: u32) -> Vec<u8> {
	[storage_prefix(b"Defects", b"Items").as_slice(), &place.encode()].concat()
}

/// Places of items of a mebibyte each that no proof has room for.
fn more_than_a_proof() -> core::ops::RangeInclusive<u32> {
	0..=cumulus_primitives_core::relay_chain::MAX_POV_SIZE / MEBIBYTE
}

/// A mebibyte that compression makes no smaller (splitmix64).
fn noise(place: u32) -> Vec<u8> {
	let first = u64::from(place) * u64::from(MEBIBYTE);
	(first..first + u64::from(MEBIBYTE) / 8)
		.flat_map(|at| {
			let mut word = at.wrapping_mul(0x9E37_79B9_7F4A_7C15);
			word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
			word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
			(word ^ (word >> 31)).to_le_bytes()
		})
		.collect()
}
