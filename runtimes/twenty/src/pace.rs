//! How fast the chain goes, said at genesis: one code for slots of several lengths. It stays as it was said, since Aura's
//! slots may not be counted otherwise later.

use cumulus_pallet_aura_ext::FixedVelocityConsensusHook;
use cumulus_pallet_parachain_system::{
	consensus_hook::{ConsensusHook, UnincludedSegmentCapacity},
	relay_state_snapshot::RelayChainStateProof,
};
use frame_support::{traits::Get, weights::Weight};
pub use pallet::*;

use crate::{Hash, Runtime};

const RELAY_SLOT_MILLIS: u32 = 6_000;

#[frame_support::pallet]
pub mod pallet {
	use frame_support::{pallet_prelude::*, traits::ConstU64};

	#[pallet::config]
	pub trait Config: frame_system::Config {}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Milliseconds of a slot.
	#[pallet::storage]
	pub type SlotMillis<T> = StorageValue<_, u64, ValueQuery, ConstU64<12_000>>;

	/// Whether blocks are made on blocks that the relay chain has not included.
	#[pallet::storage]
	pub type Ahead<T> = StorageValue<_, bool, ValueQuery>;

	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		pub slot_millis: u64,
		pub ahead: bool,
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self { slot_millis: 12_000, ahead: false, _config: PhantomData }
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			assert!(self.slot_millis > 0, "a slot has to last");
			SlotMillis::<T>::put(self.slot_millis);
			Ahead::<T>::put(self.ahead);
		}
	}
}

pub struct SlotDuration;
impl Get<u64> for SlotDuration {
	fn get() -> u64 {
		SlotMillis::<Runtime>::get()
	}
}

/// Where blocks follow one another faster than slots, a slot has several.
pub struct SeveralInSlot;
impl Get<bool> for SeveralInSlot {
	fn get() -> bool {
		Ahead::<Runtime>::get() && SlotDuration::get() > RELAY_SLOT_MILLIS.into()
	}
}

/// A block on an included one alone, or up to three that are not included.
pub struct Paced;
type OnIncluded = FixedVelocityConsensusHook<Runtime, RELAY_SLOT_MILLIS, 1, 1>;
type OnAny = FixedVelocityConsensusHook<Runtime, RELAY_SLOT_MILLIS, 1, 3>;

impl ConsensusHook for Paced {
	fn on_state_proof(proof: &RelayChainStateProof) -> (Weight, UnincludedSegmentCapacity) {
		if Ahead::<Runtime>::get() {
			OnAny::on_state_proof(proof)
		} else {
			OnIncluded::on_state_proof(proof)
		}
	}
}

impl Paced {
	pub fn can_build_upon(included: Hash, slot: cumulus_primitives_aura::Slot) -> bool {
		if Ahead::<Runtime>::get() {
			OnAny::can_build_upon(included, slot)
		} else {
			OnIncluded::can_build_upon(included, slot)
		}
	}
}
