//! A state as sp-state-machine reads it: the ordered map answers, unless reads are recorded; then the trie does.

use crate::nodes::Store;
use crate::recorder::Recorder;
use crate::state::{State, Top};
use sp_core::storage::{ChildInfo, StateVersion};
use sp_core::{Blake2Hasher, Hasher, H256};
use sp_state_machine::{
    Backend as BackendT, BackendTransaction, DefaultError, IterArgs, StateMachineStats, StorageIterator, TrieBackend,
    TrieBackendBuilder, TrieCacheProvider, UsageInfo,
};
use sp_trie::{MerkleValue, NodeCodec};
use std::ops::Bound;
use std::rc::Rc;
use trie_db::node::NodeOwned;
use trie_db::{CachedValue, TrieCache};

/// Fills a type parameter; no trie is ever given a cache.
pub enum NoCache {}

impl TrieCache<NodeCodec<Blake2Hasher>> for NoCache {
    fn lookup_value_for_key(&mut self, _: &[u8]) -> Option<&CachedValue<H256>> {
        match *self {}
    }
    fn cache_value_for_key(&mut self, _: &[u8], _: CachedValue<H256>) {
        match *self {}
    }
    fn get_or_insert_node(
        &mut self,
        _: H256,
        _: &mut dyn FnMut() -> trie_db::Result<NodeOwned<H256>, H256, sp_trie::Error<H256>>,
    ) -> trie_db::Result<&NodeOwned<H256>, H256, sp_trie::Error<H256>> {
        match *self {}
    }
    fn get_node(&mut self, _: &H256) -> Option<&NodeOwned<H256>> {
        match *self {}
    }
}

impl TrieCacheProvider<Blake2Hasher> for NoCache {
    type Cache<'a> = NoCache;

    fn as_trie_db_cache(&self, _: H256) -> NoCache {
        match *self {}
    }
    fn as_trie_db_mut_cache(&self) -> NoCache {
        match *self {}
    }
    fn merge<'a>(&'a self, _: NoCache, _: H256) {
        match *self {}
    }
}

pub type Trie = TrieBackend<Store, Blake2Hasher, NoCache, Recorder>;
type Outcome<T> = Result<T, DefaultError>;

pub fn trie(root: H256, recorder: Option<Recorder>) -> Trie {
    // A builder gets its recorder's type only together with some cache, which is taken away again.
    TrieBackendBuilder::<Store, Blake2Hasher, (), Recorder>::new_with_cache(Store, root, ())
        .with_optional_cache::<NoCache>(None)
        .with_optional_recorder(recorder)
        .build()
}

pub struct Backend {
    state: Rc<State>,
    trie: Trie,
    recorder: Option<Recorder>,
}

impl Backend {
    pub fn new(state: Rc<State>, recorder: Option<Recorder>) -> Self {
        let trie = trie(state.root, recorder.clone());
        Self { state, trie, recorder }
    }

    /// Whether a removal has to reach the trie. trie-db 0.32 removes the value of a longer key, or panics, when it is asked
    /// to remove an absent key that others begin with. What it would have recorded on the way is recorded all the same.
    fn removable(&self, key: &[u8]) -> bool {
        let present = self.state.top.contains_key(key);
        if !present && self.recorder.is_some() {
            let _ = self.trie.storage_hash(key);
        }
        present
    }

    /// The map, when it may answer: nothing is recorded, or all that this key could record has been.
    fn map_for(&self, key: &[u8]) -> Option<&Top> {
        match &self.recorder {
            Some(recorder) if !recorder.knows(&self.state.root, key) => None,
            _ => Some(&self.state.top),
        }
    }
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Backend({:?})", self.state.root)
    }
}

/// Iterates a clone of the map, or the trie.
pub enum Iter {
    Map { top: Top, prefix: Vec<u8>, from: Bound<Vec<u8>>, complete: bool },
    Trie(Box<<Trie as BackendT<Blake2Hasher>>::RawIter>),
}

impl StorageIterator<Blake2Hasher> for Iter {
    type Backend = Backend;
    type Error = DefaultError;

    fn next_key(&mut self, backend: &Backend) -> Option<Outcome<Vec<u8>>> {
        match self {
            Iter::Trie(iter) => iter.next_key(&backend.trie),
            _ => self.next_pair(backend).map(|pair| pair.map(|(key, _)| key)),
        }
    }

    fn next_pair(&mut self, backend: &Backend) -> Option<Outcome<(Vec<u8>, Vec<u8>)>> {
        match self {
            Iter::Trie(iter) => iter.next_pair(&backend.trie),
            Iter::Map { top, prefix, from, complete } => {
                let next = top.range::<_, [u8]>((from.as_ref().map(Vec::as_slice), Bound::Unbounded)).next();
                let Some((key, value)) = next.filter(|(key, _)| key.starts_with(prefix)) else {
                    *complete = true;
                    return None;
                };
                *from = Bound::Excluded(key.to_vec());
                Some(Ok((key.to_vec(), value.to_vec())))
            }
        }
    }

    fn was_complete(&self) -> bool {
        match self {
            Iter::Trie(iter) => iter.was_complete(),
            Iter::Map { complete, .. } => *complete,
        }
    }
}

impl BackendT<Blake2Hasher> for Backend {
    type Error = DefaultError;
    type TrieBackendStorage = Store;
    type RawIter = Iter;

    fn storage(&self, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
        match self.map_for(key) {
            Some(top) => Ok(top.get(key).map(|value| value.to_vec())),
            None => self.trie.storage(key),
        }
    }

    fn storage_hash(&self, key: &[u8]) -> Outcome<Option<H256>> {
        match self.map_for(key) {
            Some(top) => Ok(top.get(key).map(|value| Blake2Hasher::hash(value))),
            None => self.trie.storage_hash(key),
        }
    }

    fn exists_storage(&self, key: &[u8]) -> Outcome<bool> {
        match self.map_for(key) {
            Some(top) => Ok(top.contains_key(key)),
            None => self.trie.exists_storage(key),
        }
    }

    fn next_storage_key(&self, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
        match &self.recorder {
            None => Ok(self.state.next_key(key).map(|key| key.to_vec())),
            Some(_) => self.trie.next_storage_key(key),
        }
    }

    fn raw_iter(&self, args: IterArgs) -> Outcome<Iter> {
        if self.recorder.is_some() || args.child_info.is_some() {
            return self.trie.raw_iter(args).map(|iter| Iter::Trie(Box::new(iter)));
        }
        let prefix = args.prefix.unwrap_or_default().to_vec();
        let from = match args.start_at {
            Some(start) if start >= prefix.as_slice() && args.start_at_exclusive => Bound::Excluded(start.to_vec()),
            Some(start) if start >= prefix.as_slice() => Bound::Included(start.to_vec()),
            _ => Bound::Included(prefix.clone()),
        };
        Ok(Iter::Map { top: self.state.top.clone(), prefix, from, complete: false })
    }

    fn closest_merkle_value(&self, key: &[u8]) -> Outcome<Option<MerkleValue<H256>>> {
        self.trie.closest_merkle_value(key)
    }

    fn child_closest_merkle_value(&self, child: &ChildInfo, key: &[u8]) -> Outcome<Option<MerkleValue<H256>>> {
        self.trie.child_closest_merkle_value(child, key)
    }

    fn child_storage(&self, child: &ChildInfo, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
        self.trie.child_storage(child, key)
    }

    fn child_storage_hash(&self, child: &ChildInfo, key: &[u8]) -> Outcome<Option<H256>> {
        self.trie.child_storage_hash(child, key)
    }

    fn next_child_storage_key(&self, child: &ChildInfo, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
        self.trie.next_child_storage_key(child, key)
    }

    fn storage_root<'a>(
        &self,
        delta: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        version: StateVersion,
    ) -> (H256, BackendTransaction<Blake2Hasher>) {
        // Collected first, since the trie holds the recorder while it changes.
        let delta: Vec<_> = delta.filter(|(key, value)| value.is_some() || self.removable(key)).collect();
        self.trie.storage_root(delta.into_iter(), version)
    }

    fn child_storage_root<'a>(
        &self,
        child: &ChildInfo,
        delta: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        version: StateVersion,
    ) -> (H256, bool, BackendTransaction<Blake2Hasher>) {
        // Asking for the hash records the way to the key, as removing it would, but not its value.
        let present = |key: &[u8]| matches!(self.trie.child_storage_hash(child, key), Ok(Some(_)));
        let delta: Vec<_> = delta.filter(|(key, value)| value.is_some() || present(key)).collect();
        self.trie.child_storage_root(child, delta.into_iter(), version)
    }

    fn register_overlay_stats(&self, _: &StateMachineStats) {}

    fn usage_info(&self) -> UsageInfo {
        UsageInfo::empty()
    }
}
