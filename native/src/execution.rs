//! A state being changed: overlay, transactions, recording, and the calls into a runtime that see it.

use crate::abi::{bytes, fail, give, give_optional, orfail, Global};
use crate::backend::{trie, Backend};
use crate::logging::forget_error;
use crate::nodes;
use crate::recorder::Recorder;
use crate::state::{add, state, state_version, Handles, State};
use codec::Encode;
use sp_core::storage::{well_known_keys::is_child_storage_key, ChildInfo, StateVersion};
use sp_core::{Blake2Hasher, H256};
use sp_state_machine::{Backend as _, Ext, OverlayedChanges};
use std::rc::Rc;

pub struct Execution {
    state: Rc<State>,
    pub overlay: OverlayedChanges<Blake2Hasher>,
    backend: Backend,
    pub recorder: Option<Recorder>,
    /// The root that its proof is against: before the first block of its bundle.
    proven: H256,
    /// The layout of the last root that the runtime asked for.
    pub version: StateVersion,
    /// Whether the overlay may have kept a root.
    pub rooted: bool,
}

impl Execution {
    pub fn new(state: Rc<State>, record: bool) -> Self {
        let proven = state.root;
        Self::recording(state, record.then(Recorder::default), proven)
    }

    /// Of the block after another of one bundle, on the state that the other made.
    fn after(state: Rc<State>, earlier: &Execution) -> Self {
        let Some(recorder) = &earlier.recorder else { fail("the execution before does not record") };
        Self::recording(state, Some(recorder.next()), earlier.proven)
    }

    fn recording(state: Rc<State>, recorder: Option<Recorder>, proven: H256) -> Self {
        let backend = Backend::new(state.clone(), recorder.clone());
        let version = state.version;
        Self { state, overlay: OverlayedChanges::default(), backend, recorder, proven, version, rooted: false }
    }

    pub fn ext(&mut self) -> Ext<'_, Blake2Hasher, Backend> {
        Ext::new(&mut self.overlay, &self.backend)
    }

    /// Rolls back what the runtime left open.
    fn exit(&mut self) {
        let depth = self.overlay.transaction_depth();
        let _ = self.overlay.exit_runtime();
        if self.overlay.transaction_depth() < depth {
            self.forget_root();
        }
    }

    /// sp-state-machine keeps its last root although something is appended afterwards, or taken back because the runtime
    /// left a transaction open. All other changes make it forget, and so does a rollback that is asked for.
    pub fn forget_root(&mut self) {
        if std::mem::take(&mut self.rooted) {
            self.overlay.start_transaction();
            let _ = self.overlay.rollback_transaction();
        }
    }

    fn begin(&mut self) {
        self.overlay.start_transaction();
        if let Some(recorder) = &self.recorder {
            recorder.begin();
        }
    }

    fn commit(&mut self) {
        orfail(self.overlay.commit_transaction(), "no transaction is open to be committed");
        if let Some(recorder) = &self.recorder {
            recorder.commit();
        }
    }

    fn rollback(&mut self) {
        orfail(self.overlay.rollback_transaction(), "no transaction is open to be rolled back");
        if let Some(recorder) = &self.recorder {
            recorder.rollback();
        }
    }

    /// Drains all changes into a new state; costs what was changed.
    pub fn finish(&mut self) -> State {
        if self.overlay.transaction_depth() > 0 {
            fail("a transaction is still open");
        }
        let changes = orfail(self.overlay.drain_storage_changes(&self.backend, self.version), "state lacks nodes");
        nodes::insert(changes.transaction, |node| {
            if let Some(recorder) = &self.recorder {
                recorder.make(node);
            }
        });
        let root = changes.transaction_storage_root;
        let mut top = self.state.top.clone();
        let mut change = |key: &[u8], value: Option<&[u8]>| match value {
            Some(value) => drop(top.insert(key.into(), value.into())),
            None => drop(top.remove(key)),
        };
        for (key, value) in changes.main_storage_changes.iter().filter(|(key, _)| !is_child_storage_key(key)) {
            change(key, value.as_deref());
        }
        let tries = trie(root, None);
        for (child, _) in &changes.child_storage_changes {
            let key = ChildInfo::new_default(child).prefixed_storage_key().into_inner();
            change(&key, orfail(tries.storage(&key), "state lacks nodes").as_deref());
        }
        State { root, top, version: self.version }
    }
}

static EXECUTIONS: Global<Handles<Box<Execution>>> = Global::new(Handles::new);

/// The execution that host functions act on, and how to end it.
struct Running {
    execution: *mut Execution,
    temporary: Option<Box<Execution>>,
    undo: bool,
}

static RUNNING: Global<Option<Running>> = Global::new(|| None);

/// What the runtime that is being called sees.
pub fn running() -> &'static mut Execution {
    match RUNNING.get() {
        Some(running) => unsafe { &mut *running.execution },
        None => fail("a runtime used storage outside a call"),
    }
}

/// The states under the executions that still live.
pub fn base_roots() -> impl Iterator<Item = Rc<State>> {
    EXECUTIONS.get().all().map(|execution| execution.state.clone())
}

const NO_STATE: u32 = 0;
const OF_STATE: u32 = 1;
const KEEP: u32 = 2;

/// Before a call into a runtime. `mode`: no state, a state whose changes are thrown away, an execution that keeps changes,
/// or (any other) one that undoes them.
#[no_mangle]
extern "C" fn enter(mode: u32, handle: u32) {
    forget_error();
    let temporary = match mode {
        NO_STATE => Some(State::empty(StateVersion::V1).into()),
        OF_STATE => Some(state(handle)),
        _ => None,
    };
    let mut temporary = temporary.map(|state| Box::new(Execution::new(state, false)));
    let execution: *mut Execution = match &mut temporary {
        Some(execution) => &mut **execution,
        None => &mut **EXECUTIONS.get().get(handle),
    };
    let undo = mode > KEEP;
    *RUNNING.get() = Some(Running { execution, temporary, undo });
    if undo {
        running().begin();
    }
    orfail(running().overlay.enter_runtime(), "a call is running already");
}

/// After a call, also one that trapped: transactions that the runtime left open are rolled back.
#[no_mangle]
extern "C" fn leave() {
    if RUNNING.get().is_none() {
        return;
    }
    running().exit();
    if let Some(Running { temporary, undo, .. }) = RUNNING.get() {
        if *undo {
            let execution = running();
            execution.rollback();
        }
        drop(temporary.take());
    }
    *RUNNING.get() = None;
}

#[no_mangle]
extern "C" fn execution_new(handle: u32, record: u32) -> u32 {
    EXECUTIONS.get().add(Box::new(Execution::new(state(handle), record != 0)))
}

/// The execution of the block after another in one bundle, on the state that the other's execution made.
#[no_mangle]
extern "C" fn execution_after(handle: u32, earlier: u32) -> u32 {
    let execution = Execution::after(state(handle), EXECUTIONS.get().get(earlier));
    EXECUTIONS.get().add(Box::new(execution))
}

#[no_mangle]
extern "C" fn execution_release(pointer: u32, length: u32) {
    for handle in bytes(pointer, length).chunks_exact(4) {
        EXECUTIONS.get().release(u32::from_le_bytes([handle[0], handle[1], handle[2], handle[3]]));
    }
}

#[no_mangle]
extern "C" fn execution_begin(handle: u32) {
    EXECUTIONS.get().get(handle).begin();
}

#[no_mangle]
extern "C" fn execution_commit(handle: u32) {
    EXECUTIONS.get().get(handle).commit();
}

#[no_mangle]
extern "C" fn execution_rollback(handle: u32) {
    EXECUTIONS.get().get(handle).rollback();
}

/// Reads as a node's client does; recorded when the execution records.
#[no_mangle]
extern "C" fn execution_get(handle: u32, key: u32, length: u32) -> u64 {
    use sp_externalities::Externalities;
    give_optional(EXECUTIONS.get().get(handle).ext().storage(bytes(key, length)).as_deref())
}

#[no_mangle]
extern "C" fn execution_set(handle: u32, key: u32, length: u32, value: u32, value_length: u32, present: u32) {
    let value = (present != 0).then(|| bytes(value, value_length).to_vec());
    let execution = EXECUTIONS.get().get(handle);
    execution.overlay.set_storage(bytes(key, length).to_vec(), value);
}

#[no_mangle]
extern "C" fn execution_finish(handle: u32, version: u32) -> u32 {
    let execution = EXECUTIONS.get().get(handle);
    if version != u32::MAX {
        execution.version = state_version(version);
    }
    add(execution.finish())
}

/// Encoded size in bytes of what was recorded; u64::MAX when nothing is.
#[no_mangle]
extern "C" fn execution_proof_size(handle: u32) -> u64 {
    EXECUTIONS.get().get(handle).recorder.as_ref().map_or(u64::MAX, |recorder| recorder.size() as u64)
}

/// SCALE of the compact proof of all that was recorded, in a bundle by the blocks up to this one, against the root before.
#[no_mangle]
extern "C" fn execution_proof(handle: u32) -> u64 {
    let execution = EXECUTIONS.get().get(handle);
    let Some(recorder) = &execution.recorder else { fail("this execution does not record") };
    let proof = recorder.bundle_proof().into_compact_proof::<Blake2Hasher>(execution.proven);
    give(&orfail(proof, "the record cannot be made compact").encode())
}

/// The recorded nodes, sorted.
#[no_mangle]
extern "C" fn execution_nodes(handle: u32) -> u64 {
    let Some(recorder) = &EXECUTIONS.get().get(handle).recorder else { fail("this execution does not record") };
    crate::abi::give_list(recorder.proof().into_nodes())
}
