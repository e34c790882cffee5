//! What a recorded execution read from its tries. Counts bytes as sp-trie's own recorder does, which needs std and C.

use crate::nodes::{ByHash, Hashes};
use codec::Encode;
use hashbrown::HashMap;
use sp_core::{Blake2Hasher, H256};
use sp_trie::{StorageProof, TrieRecorderProvider};
use std::cell::{RefCell, RefMut};
use std::rc::Rc;
use trie_db::{RecordedForKey, TrieAccess, TrieRecorder};

/// A key of a trie: the trie's root and the key.
type Key = (H256, Box<[u8]>);

#[derive(Default)]
struct Undo {
    nodes: Vec<H256>,
    keys: Vec<(Key, Option<RecordedForKey>)>,
}

#[derive(Default)]
struct Recorded {
    nodes: ByHash<Vec<u8>>,
    /// By trie root; how far the nodes of a key are known.
    keys: ByHash<HashMap<Box<[u8]>, RecordedForKey>>,
    size: usize,
    open: Vec<Undo>,
    /// What this execution made; the next block of a bundle finds it there.
    made: Vec<H256>,
    /// What earlier blocks of the bundle recorded or made: it is neither recorded nor counted again.
    ignored: Hashes,
    /// What earlier blocks of the bundle recorded.
    earlier: Vec<Vec<u8>>,
}

#[derive(Clone, Default)]
pub struct Recorder(Rc<RefCell<Recorded>>);

// The module has one thread.
unsafe impl Send for Recorder {}
unsafe impl Sync for Recorder {}

impl Recorder {
    /// For the block after the one that this recorded, in one bundle.
    pub fn next(&self) -> Self {
        let recorded = self.0.borrow();
        let mut ignored = recorded.ignored.clone();
        ignored.extend(recorded.nodes.keys().chain(&recorded.made));
        let earlier = recorded.earlier.iter().chain(recorded.nodes.values()).cloned().collect();
        Self(Rc::new(RefCell::new(Recorded { ignored, earlier, ..Recorded::default() })))
    }

    /// Told of every node that the execution made.
    pub fn make(&self, node: H256) {
        self.0.borrow_mut().made.push(node);
    }

    /// Encoded size in bytes of all nodes so far: what the runtime reads as storage proof size.
    pub fn size(&self) -> usize {
        self.0.borrow().size
    }

    pub fn proof(&self) -> StorageProof {
        StorageProof::new(self.0.borrow().nodes.values().cloned())
    }

    /// What all blocks of the bundle recorded, up to this one.
    pub fn bundle_proof(&self) -> StorageProof {
        let recorded = self.0.borrow();
        StorageProof::new(recorded.earlier.iter().chain(recorded.nodes.values()).cloned())
    }

    /// Whether reading this key again could record nothing new.
    pub fn knows(&self, root: &H256, key: &[u8]) -> bool {
        let recorded = self.0.borrow();
        let known = recorded.keys.get(root).and_then(|keys| keys.get(key));
        matches!(known, Some(RecordedForKey::Value))
    }

    pub fn begin(&self) {
        self.0.borrow_mut().open.push(Undo::default());
    }

    pub fn commit(&self) {
        let mut recorded = self.0.borrow_mut();
        let Some(mut undo) = recorded.open.pop() else { return };
        if let Some(outer) = recorded.open.last_mut() {
            outer.nodes.append(&mut undo.nodes);
            outer.keys.append(&mut undo.keys);
        }
    }

    pub fn rollback(&self) {
        let mut recorded = self.0.borrow_mut();
        let Some(undo) = recorded.open.pop() else { return };
        for hash in undo.nodes {
            if let Some(node) = recorded.nodes.remove(&hash) {
                recorded.size = recorded.size.saturating_sub(node.encoded_size());
            }
        }
        for ((root, key), before) in undo.keys.into_iter().rev() {
            let keys = recorded.keys.entry(root).or_default();
            match before {
                Some(state) => keys.insert(key, state),
                None => keys.remove(&key),
            };
        }
    }
}

impl Recorded {
    fn node(&mut self, hash: H256, node: impl FnOnce() -> Vec<u8>) {
        if self.nodes.contains_key(&hash) || self.ignored.contains(&hash) {
            return;
        }
        let node = node();
        self.size += node.encoded_size();
        self.nodes.insert(hash, node);
        if let Some(undo) = self.open.last_mut() {
            undo.nodes.push(hash);
        }
    }

    fn key(&mut self, root: H256, key: &[u8], now: RecordedForKey) {
        let keys = self.keys.entry(root).or_default();
        let before = keys.get(key).copied();
        // Reading a hash never lessens a value that is known already.
        if before.is_some() && !matches!((before, now), (Some(RecordedForKey::Hash), RecordedForKey::Value)) {
            return;
        }
        keys.insert(key.into(), now);
        if let Some(undo) = self.open.last_mut() {
            undo.keys.push(((root, key.into()), before));
        }
    }
}

/// The recorder of one trie, as trie-db wants it.
pub struct OfTrie<'a> {
    recorded: RefMut<'a, Recorded>,
    root: H256,
}

impl TrieRecorder<H256> for OfTrie<'_> {
    fn record(&mut self, access: TrieAccess<H256>) {
        let root = self.root;
        let recorded = &mut *self.recorded;
        match access {
            TrieAccess::NodeOwned { hash, node_owned } => {
                recorded.node(hash, || node_owned.to_encoded::<sp_trie::NodeCodec<Blake2Hasher>>())
            }
            TrieAccess::EncodedNode { hash, encoded_node } => recorded.node(hash, || encoded_node.into_owned()),
            TrieAccess::Value { hash, value, full_key } => {
                recorded.node(hash, || value.into_owned());
                recorded.key(root, full_key, RecordedForKey::Value);
            }
            TrieAccess::Hash { full_key } => recorded.key(root, full_key, RecordedForKey::Hash),
            TrieAccess::NonExisting { full_key } | TrieAccess::InlineValue { full_key } => {
                recorded.key(root, full_key, RecordedForKey::Value)
            }
        }
    }

    fn trie_nodes_recorded_for_key(&self, key: &[u8]) -> RecordedForKey {
        let known = self.recorded.keys.get(&self.root).and_then(|keys| keys.get(key));
        known.copied().unwrap_or(RecordedForKey::None)
    }
}

impl TrieRecorderProvider<Blake2Hasher> for Recorder {
    type Recorder<'a> = OfTrie<'a>;

    fn drain_storage_proof(self) -> Option<StorageProof> {
        Some(self.proof())
    }

    fn as_trie_recorder(&self, root: H256) -> OfTrie<'_> {
        OfTrie { recorded: self.0.borrow_mut(), root }
    }
}
