//! Accounts of 20 bytes and the signatures that speak for them, as chains with Ethereum's accounts have them.

use alloc::string::String;
use core::fmt;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sp_core::{bytes, ecdsa};
use sp_io::{crypto::secp256k1_ecdsa_recover, hashing::keccak_256};
use sp_runtime::traits::{IdentifyAccount, Lazy, Verify};

/// The last 20 bytes of the keccak-256 of an uncompressed key of secp256k1.
#[derive(
	Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct AccountId20(pub [u8; 20]);

impl AccountId20 {
	fn of_key(key: &[u8; 64]) -> Self {
		let mut account = [0; 20];
		account.copy_from_slice(&keccak_256(key)[12..]);
		Self(account)
	}
}

impl From<[u8; 20]> for AccountId20 {
	fn from(account: [u8; 20]) -> Self {
		Self(account)
	}
}

impl From<AccountId20> for [u8; 20] {
	fn from(account: AccountId20) -> Self {
		account.0
	}
}

impl fmt::Debug for AccountId20 {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		out.write_str("0x")?;
		self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
	}
}

impl fmt::Display for AccountId20 {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Debug::fmt(self, out)
	}
}

impl Serialize for AccountId20 {
	fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
		let text: String = alloc::format!("{self}");
		to.serialize_str(&text)
	}
}

impl<'de> Deserialize<'de> for AccountId20 {
	fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
		let mut account = [0; 20];
		bytes::deserialize_check_len(from, bytes::ExpectedLen::Exact(&mut account))?;
		Ok(Self(account))
	}
}

/// A signature over the keccak-256 of what is signed, from which the signer's key is recovered.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct EthereumSignature(ecdsa::Signature);

impl Verify for EthereumSignature {
	type Signer = EthereumSigner;

	fn verify<L: Lazy<[u8]>>(&self, mut signed: L, signer: &AccountId20) -> bool {
		secp256k1_ecdsa_recover(&self.0 .0, &keccak_256(signed.get()))
			.is_ok_and(|key| AccountId20::of_key(&key) == *signer)
	}
}

/// Whoever has the account.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct EthereumSigner(AccountId20);

impl IdentifyAccount for EthereumSigner {
	type AccountId = AccountId20;

	fn into_account(self) -> AccountId20 {
		self.0
	}
}
