//! A parachain for trying simnet on chains unlike those that it brings: accounts of 20 bytes with Ethereum's signatures,
//! addresses that are the bare account, slots of 12 seconds with one block in each (or as genesis says), 18 decimals, a
//! transaction extension of its own, few runtime APIs beyond those that nodes need.

#![no_std]
#![recursion_limit = "256"]

extern crate alloc;

mod accounts;
mod apis;
mod pace;
mod pallets;
mod presets;
mod referral;
mod xcm_config;

use alloc::vec::Vec;

use frame_support::{construct_runtime, traits::ConstU128, weights::ConstantMultiplier};
pub use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::{generic, impl_opaque_keys, traits::BlakeTwo256};
use sp_version::RuntimeVersion;

pub type AccountId = accounts::AccountId20;
pub type Signature = accounts::EthereumSignature;
pub type Balance = u128;
pub type Nonce = u32;
pub type BlockNumber = u32;
pub type Hash = sp_core::H256;
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<AccountId, RuntimeCall, Signature, TxExtension>;

pub type TxExtension = (
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	referral::Referral,
);

pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// Weight is paid for in so many of the token's smallest parts a picosecond.
pub type WeightToFee = ConstantMultiplier<Balance, ConstU128<1_000_000>>;

pub const UNIT: Balance = 1_000_000_000_000_000_000;

impl_opaque_keys! {
	pub struct SessionKeys {
		pub aura: Aura,
	}
}

#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("twenty"),
	impl_name: alloc::borrow::Cow::Borrowed("twenty"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 0,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

construct_runtime!(
	pub enum Runtime {
		System: frame_system = 0,
		ParachainSystem: cumulus_pallet_parachain_system = 1,
		Timestamp: pallet_timestamp = 2,
		ParachainInfo: parachain_info = 3,
		Utility: pallet_utility = 4,
		Pace: pace = 5,
		Balances: pallet_balances = 10,
		TransactionPayment: pallet_transaction_payment = 11,
		Authorship: pallet_authorship = 20,
		CollatorSelection: pallet_collator_selection = 21,
		Session: pallet_session = 22,
		Aura: pallet_aura = 23,
		AuraExt: cumulus_pallet_aura_ext = 24,
		XcmpQueue: cumulus_pallet_xcmp_queue = 30,
		PolkadotXcm: pallet_xcm = 31,
		CumulusXcm: cumulus_pallet_xcm = 32,
		MessageQueue: pallet_message_queue = 33,
		Sudo: pallet_sudo = 40,
	}
);

cumulus_pallet_parachain_system::register_validate_block! {
	Runtime = Runtime,
	BlockExecutor = cumulus_pallet_aura_ext::BlockExecutor::<Runtime, Executive>,
}
