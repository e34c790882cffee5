//! What a node gives a runtime, as one WASM module: storage with overlays, tries and proofs, hashing, signatures, logs.
//!
//! Two kinds of exports. Those named `ext_*` are Substrate's host functions with flat arguments: a span becomes a pointer
//! and a length into this module's memory, a fixed array a pointer. WAT glue made by `simnet` copies arguments in and results
//! out, so that no host call leaves WASM. All others are called by `simnet`'s Python.
//!
//! One thread uses an instance, so plain globals hold everything. A refusal stores a message (`abi::fail`) and traps.

mod abi;
mod babe;
mod backend;
mod child_storage;
mod crypto;
mod ecdsa;
mod execution;
mod hashing;
mod keys;
mod keystore;
mod logging;
mod misc;
mod nodes;
mod offchain;
mod recorder;
mod stack_limit;
mod state;
mod storage;
mod tries;
