//! A transaction extension that no other chain has: whom a transaction names as its referrer. Nobody is the usual one.

use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_runtime::{
	impl_tx_ext_default,
	traits::{DispatchInfoOf, DispatchOriginOf, TransactionExtension, ValidateResult},
	transaction_validity::{InvalidTransaction, TransactionSource},
};

use crate::{AccountId, RuntimeCall, System};

/// The referrer must be an account that the chain knows.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Referral {
	referrer: Option<AccountId>,
}

impl TransactionExtension<RuntimeCall> for Referral {
	const IDENTIFIER: &'static str = "Referral";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	fn validate(
		&self,
		origin: DispatchOriginOf<RuntimeCall>,
		_: &RuntimeCall,
		_: &DispatchInfoOf<RuntimeCall>,
		_: usize,
		_: (),
		_: &impl Encode,
		_: TransactionSource,
	) -> ValidateResult<(), RuntimeCall> {
		match self.referrer {
			Some(account) if !System::account_exists(&account) => Err(InvalidTransaction::Custom(1).into()),
			_ => Ok((Default::default(), (), origin)),
		}
	}

	impl_tx_ext_default!(RuntimeCall; weight prepare);
}
