//! Immutable states: a trie root over the shared nodes, and a persistent ordered map of the main storage.

use crate::abi::{bytes, fail, give_array, give_list, give_optional, list, orfail, Global};
use crate::backend::{trie, Backend};
use crate::execution::{base_roots, Execution};
use crate::nodes;
use crate::recorder::Recorder;
use imbl::OrdMap;
use sp_core::storage::{well_known_keys::DEFAULT_CHILD_STORAGE_KEY_PREFIX, ChildInfo, StateVersion};
use sp_core::H256;
use sp_state_machine::{Backend as _, IterArgs};
use std::ops::Bound;
use std::rc::Rc;

pub type Top = OrdMap<Rc<[u8]>, Rc<[u8]>>;

pub struct State {
    pub root: H256,
    pub top: Top,
    /// The layout in which a root is computed when the runtime did not say.
    pub version: StateVersion,
}

impl State {
    pub fn empty(version: StateVersion) -> Self {
        Self { root: nodes::empty_root(), top: Top::new(), version }
    }

    pub fn next_key(&self, key: &[u8]) -> Option<&Rc<[u8]>> {
        self.top.range::<_, [u8]>((Bound::Excluded(key), Bound::Unbounded)).next().map(|(key, _)| key)
    }

    fn entries(&self, prefix: &'static [u8], from: Bound<&[u8]>) -> impl Iterator<Item = (&Rc<[u8]>, &Rc<[u8]>)> {
        self.top.range::<_, [u8]>((from, Bound::Unbounded)).take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// Its own root and those of its child tries.
    fn roots(&self) -> impl Iterator<Item = H256> + '_ {
        let prefix = DEFAULT_CHILD_STORAGE_KEY_PREFIX;
        let children = self.entries(prefix, Bound::Included(prefix));
        let children = children.filter(|(_, root)| root.len() == 32).map(|(_, root)| H256::from_slice(root));
        std::iter::once(self.root).chain(children)
    }
}

/// Values by handle; a handle is an index that is used again after its release.
pub struct Handles<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Handles<T> {
    pub fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    pub fn add(&mut self, value: T) -> u32 {
        if let Some(handle) = self.free.pop() {
            self.slots[handle as usize] = Some(value);
            return handle;
        }
        self.slots.push(Some(value));
        (self.slots.len() - 1) as u32
    }

    pub fn get(&mut self, handle: u32) -> &mut T {
        match self.slots.get_mut(handle as usize) {
            Some(Some(value)) => value,
            _ => fail("this handle was released"),
        }
    }

    pub fn release(&mut self, handle: u32) {
        if self.slots.get_mut(handle as usize).and_then(Option::take).is_some() {
            self.free.push(handle);
        }
    }

    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }
}

static STATES: Global<Handles<Rc<State>>> = Global::new(Handles::new);

pub fn state(handle: u32) -> Rc<State> {
    STATES.get().get(handle).clone()
}

pub fn add(state: State) -> u32 {
    STATES.get().add(Rc::new(state))
}

pub fn state_version(version: u32) -> StateVersion {
    orfail(StateVersion::try_from(version as u8), "unknown state version")
}

/// A state from scratch. `entries`: a list of key, value, key, value ...; a child's storage key stands in front of
/// its entries in a list of its own: `children` is a list of (storage key, list of entries).
#[no_mangle]
extern "C" fn state_new(pointer: u32, length: u32, children: u32, children_length: u32, version: u32) -> u32 {
    let mut execution = Execution::new(Rc::new(State::empty(state_version(version))), false);
    for pair in list(bytes(pointer, length)).chunks_exact(2) {
        execution.overlay.set_storage(pair[0].to_vec(), Some(pair[1].to_vec()));
    }
    for child in list(bytes(children, children_length)).chunks_exact(2) {
        let info = ChildInfo::new_default(child[0]);
        for pair in list(child[1]).chunks_exact(2) {
            execution.overlay.set_child_storage(&info, pair[0].to_vec(), Some(pair[1].to_vec()));
        }
    }
    add(execution.finish())
}

/// Drops states; collects nodes when many have been added since the last time.
#[no_mangle]
extern "C" fn state_release(pointer: u32, length: u32) {
    for handle in bytes(pointer, length).chunks_exact(4) {
        STATES.get().release(u32::from_le_bytes([handle[0], handle[1], handle[2], handle[3]]));
    }
    if nodes::overgrown() {
        collect();
    }
}

/// Forgets the trie nodes that no state and no execution needs.
#[no_mangle]
extern "C" fn collect() {
    let states = STATES.get().all().cloned().chain(base_roots());
    let roots: Vec<H256> = states.flat_map(|state| state.roots().collect::<Vec<_>>()).collect();
    nodes::retain(roots.into_iter());
}

#[no_mangle]
extern "C" fn state_root(handle: u32) -> u32 {
    give_array(state(handle).root.0)
}

/// Codes that were seen, each with its number; equal ones share it. Few, since a pointer tells most of them.
static CODES: Global<Vec<(Rc<[u8]>, u32)>> = Global::new(Vec::new);
static NEXT_CODE: Global<u32> = Global::new(|| 0);
const MOST_CODES: usize = 64;

/// A number for the value of `:code`, the same for the same code; u32::MAX without code.
#[no_mangle]
extern "C" fn state_code(handle: u32) -> u32 {
    let state = state(handle);
    let Some(code) = state.top.get(b":code".as_slice()) else { return u32::MAX };
    let codes = CODES.get();
    if let Some((_, number)) = codes.iter().find(|(seen, _)| Rc::ptr_eq(seen, code)) {
        return *number;
    }
    let number = codes.iter().find(|(seen, _)| seen == code).map(|(_, number)| *number);
    let number = number.unwrap_or_else(|| {
        *NEXT_CODE.get() += 1;
        *NEXT_CODE.get()
    });
    if codes.len() == MOST_CODES {
        codes.remove(0);
    }
    codes.push((code.clone(), number));
    number
}

#[no_mangle]
extern "C" fn state_get(handle: u32, key: u32, length: u32) -> u64 {
    give_optional(state(handle).top.get(bytes(key, length)).map(|value| &**value))
}

#[no_mangle]
extern "C" fn state_next_key(handle: u32, key: u32, length: u32) -> u64 {
    give_optional(state(handle).next_key(bytes(key, length)).map(|key| &**key))
}

/// Up to `count` keys with the prefix, after `start` unless that is shorter than the prefix.
#[no_mangle]
extern "C" fn state_keys(handle: u32, prefix: u32, prefix_length: u32, start: u32, start_length: u32, count: u32) -> u64 {
    let (prefix, start) = (bytes(prefix, prefix_length), bytes(start, start_length));
    let from = if start > prefix { Bound::Excluded(start) } else { Bound::Included(prefix) };
    let from = if start_length > 0 && start == prefix { Bound::Excluded(start) } else { from };
    give_list(state(handle).entries(prefix, from).take(count as usize).map(|(key, _)| key))
}

/// Key, value, key, value ...
#[no_mangle]
extern "C" fn state_items(handle: u32, prefix: u32, length: u32) -> u64 {
    let prefix = bytes(prefix, length);
    let state = state(handle);
    give_list(state.entries(prefix, Bound::Included(prefix)).flat_map(|(key, value)| [key, value]))
}

#[no_mangle]
extern "C" fn state_child_get(handle: u32, child: u32, child_length: u32, key: u32, length: u32) -> u64 {
    let child = ChildInfo::new_default(bytes(child, child_length));
    let value = Backend::new(state(handle), None).child_storage(&child, bytes(key, length));
    give_optional(orfail(value, "child trie lacks nodes").as_deref())
}

#[no_mangle]
extern "C" fn state_child_keys(
    handle: u32,
    child: u32,
    child_length: u32,
    prefix: u32,
    prefix_length: u32,
    start: u32,
    start_length: u32,
    count: u32,
) -> u64 {
    let start = Some(bytes(start, start_length)).filter(|start| !start.is_empty());
    let mut args = IterArgs::default();
    args.child_info = Some(ChildInfo::new_default(bytes(child, child_length)));
    args.prefix = Some(bytes(prefix, prefix_length));
    args.start_at = start;
    args.start_at_exclusive = start.is_some();
    let backend = Backend::new(state(handle), None);
    let keys = orfail(backend.keys(args), "child trie lacks nodes");
    give_list(keys.take(count as usize).map(|key| orfail(key, "child trie lacks nodes")))
}

/// The nodes, sorted, that prove the values or the absence of a list of keys, as sp-state-machine's prove_read gives them.
#[no_mangle]
extern "C" fn state_prove(handle: u32, keys: u32, length: u32) -> u64 {
    let recorder = Recorder::default();
    let trie = trie(state(handle).root, Some(recorder.clone()));
    for key in list(bytes(keys, length)) {
        orfail(trie.storage(key), "the trie lacks nodes");
    }
    give_list(recorder.proof().into_nodes())
}

/// The nodes that prove values or absence in a child trie, with those that prove the child's root.
#[no_mangle]
extern "C" fn state_child_prove(handle: u32, child: u32, child_length: u32, keys: u32, length: u32) -> u64 {
    let recorder = Recorder::default();
    let trie = trie(state(handle).root, Some(recorder.clone()));
    let child = ChildInfo::new_default(bytes(child, child_length));
    for key in list(bytes(keys, length)) {
        orfail(trie.child_storage(&child, key), "the trie lacks nodes");
    }
    give_list(recorder.proof().into_nodes())
}

/// Nodes and their bytes, states: three u64.
#[no_mangle]
extern "C" fn statistics() -> u32 {
    let (count, size) = nodes::size();
    let states = STATES.get().all().count();
    let mut figures = [0; 24];
    for (slot, figure) in figures.chunks_exact_mut(8).zip([count, size, states]) {
        slot.copy_from_slice(&(figure as u64).to_le_bytes());
    }
    give_array(figures)
}
