//! The trie nodes of all states, keyed by hash, so that a state costs only the nodes that no other has.

use crate::abi::Global;
use hashbrown::{HashMap, HashSet};
use hash_db::Prefix;
use sp_core::{Blake2Hasher, H256};
use sp_state_machine::{BackendTransaction, DefaultError, TrieBackendStorage};
use sp_trie::{NodeCodec, NodePlan, ValuePlan};
use std::hash::{BuildHasherDefault, Hasher};
use trie_db::node::NodeHandlePlan;
use trie_db::NodeCodec as _;

/// Keys are hashes already: eight of their bytes do.
#[derive(Default)]
pub struct Truncated(u64);

impl Hasher for Truncated {
    fn write(&mut self, bytes: &[u8]) {
        if bytes.len() >= 8 {
            self.0 = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
        }
    }
    fn write_usize(&mut self, _: usize) {}
    fn finish(&self) -> u64 {
        self.0
    }
}

pub type ByHash<V> = HashMap<H256, V, BuildHasherDefault<Truncated>>;
pub type Hashes = HashSet<H256, BuildHasherDefault<Truncated>>;

#[derive(Default)]
struct Nodes {
    nodes: ByHash<Box<[u8]>>,
    bytes: usize,
    /// Bytes that were alive after the last collection.
    alive: usize,
}

static NODES: Global<Nodes> = Global::new(|| {
    let mut nodes = Nodes::default();
    nodes.insert(empty_root(), &[0]);
    nodes
});

/// Root of a trie without entries: the hash of the empty node.
pub fn empty_root() -> H256 {
    H256(sp_crypto_hashing::blake2_256(&[0]))
}

impl Nodes {
    fn insert(&mut self, hash: H256, node: &[u8]) {
        if self.nodes.insert(hash, node.into()).is_none() {
            self.bytes += node.len() + 32;
        }
    }
}

/// The shared store as sp-state-machine wants it.
#[derive(Clone, Copy)]
pub struct Store;

impl TrieBackendStorage<Blake2Hasher> for Store {
    fn get(&self, key: &H256, _: Prefix) -> Result<Option<Vec<u8>>, DefaultError> {
        Ok(NODES.get().nodes.get(key).map(|node| node.to_vec()))
    }
}

/// Stores what was changed; `made` is told of every node in it.
pub fn insert(mut changes: BackendTransaction<Blake2Hasher>, mut made: impl FnMut(H256)) {
    let store = NODES.get();
    for (key, (node, count)) in changes.drain() {
        if count > 0 {
            // A prefixed key ends with the node's hash.
            let hash = H256::from_slice(&key[key.len() - 32..]);
            store.insert(hash, &node);
            made(hash);
        }
    }
}

/// (nodes, bytes of nodes)
pub fn size() -> (usize, usize) {
    (NODES.get().nodes.len(), NODES.get().bytes)
}

/// Whether what was added since the last collection is worth a new one.
pub fn overgrown() -> bool {
    let store = NODES.get();
    store.bytes > (2 * store.alive).max(1 << 24)
}

/// Forgets every node that none of the roots reaches.
pub fn retain(roots: impl Iterator<Item = H256>) {
    let store = NODES.get();
    let mut reached = Hashes::default();
    reached.insert(empty_root());
    let mut open: Vec<H256> = roots.collect();
    while let Some(hash) = open.pop() {
        let Some(node) = store.nodes.get(&hash) else { continue };
        if reached.insert(hash) {
            references(node, &mut reached, &mut open);
        }
    }
    store.nodes.retain(|hash, _| reached.contains(hash));
    store.bytes = store.nodes.values().map(|node| node.len() + 32).sum();
    store.alive = store.bytes;
}

/// Children of a node go to `open`; a value that is a node of its own has no children and is reached at once.
fn references(node: &[u8], reached: &mut Hashes, open: &mut Vec<H256>) {
    let Ok(plan) = NodeCodec::<Blake2Hasher>::decode_plan(node) else { return };
    let (value, children) = match plan {
        NodePlan::Leaf { value, .. } => (Some(value), None),
        NodePlan::NibbledBranch { value, children, .. } => (value, Some(children)),
        _ => (None, None),
    };
    if let Some(ValuePlan::Node(range)) = value {
        reached.insert(H256::from_slice(&node[range]));
    }
    for child in children.into_iter().flatten().flatten() {
        if let NodeHandlePlan::Hash(range) = child {
            open.push(H256::from_slice(&node[range]));
        }
    }
}
