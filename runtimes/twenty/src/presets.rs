//! Genesis presets by name: `local_testnet` with two collators, and `founders`, where each account has tenfold and one
//! collator makes all blocks.

use alloc::{string::ToString, vec, vec::Vec};

use frame_support::build_struct_json_patch;
use sp_core::{crypto::UncheckedFrom, sr25519};
use sp_genesis_builder::{PresetId, LOCAL_TESTNET_RUNTIME_PRESET};

use crate::*;

const FOUNDERS: &str = "founders";

/// Ethereum's account of the ECDSA key of //Alice, //Bob, //Charlie, //Dave, //Eve and //Ferdie of the development phrase.
const ACCOUNTS: [&str; 6] = [
	"e04cc55ebee1cbce552f250e85c57b70b2e2625b",
	"25451a4de12dccc2d166922fa938e900fcc4ed24",
	"5630a480727cd7799073b36472d9b1a6031f840b",
	"4bb32a4263e369acbb6c020ffa89a41fd9722894",
	"362855f7c9c5c9d00a84157cdefe889fea436741",
	"0c8a57c77e50afc224f06caeeca12c46178b37c7",
];

/// The sr25519 keys of //Alice and //Bob.
const COLLATORS: [&str; 2] = [
	"d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
	"8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
];

fn from_hex<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
	core::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap_or(0))
}

fn genesis(collators: usize, endowment: Balance) -> serde_json::Value {
	let accounts = ACCOUNTS.map(|account| AccountId::from(from_hex::<20>(account)));
	let aura = COLLATORS.map(|key| AuraId::from(sr25519::Public::unchecked_from(from_hex::<32>(key))));
	let seated = || accounts.iter().copied().zip(aura.iter().cloned()).take(collators);
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig { balances: accounts.iter().map(|account| (*account, endowment)).collect() },
		parachain_info: ParachainInfoConfig { parachain_id: 2000.into() },
		collator_selection: CollatorSelectionConfig {
			invulnerables: seated().map(|(account, _)| account).collect(),
			candidacy_bond: UNIT,
		},
		session: SessionConfig {
			keys: seated().map(|(account, aura)| (account, account, SessionKeys { aura })).collect(),
		},
		polkadot_xcm: PolkadotXcmConfig { safe_xcm_version: Some(xcm::prelude::XCM_VERSION) },
		sudo: SudoConfig { key: Some(accounts[0]) },
	})
}

pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
	let genesis = match id.as_str() {
		LOCAL_TESTNET_RUNTIME_PRESET => genesis(2, 1_000_000 * UNIT),
		FOUNDERS => genesis(1, 10_000_000 * UNIT),
		_ => return None,
	};
	Some(genesis.to_string().into_bytes())
}

pub fn names() -> Vec<PresetId> {
	vec![PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET), PresetId::from(FOUNDERS)]
}
