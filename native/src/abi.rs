//! Memory shared with the glue and with Python: arguments, results and the message of the last refusal.

use std::cell::UnsafeCell;

/// A global made when first used. One thread uses the module; a caller must not hold the reference across a call that
/// takes the same global again.
pub struct Global<T> {
    cell: UnsafeCell<Option<T>>,
    make: fn() -> T,
}

unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    pub const fn new(make: fn() -> T) -> Self {
        Self { cell: UnsafeCell::new(None), make }
    }

    #[allow(clippy::mut_from_ref)]
    pub fn get(&self) -> &mut T {
        unsafe { &mut *self.cell.get() }.get_or_insert_with(self.make)
    }
}

const SCRATCH: usize = 1 << 16;

#[repr(align(16))]
struct Scratch(UnsafeCell<[u8; SCRATCH]>);
unsafe impl Sync for Scratch {}

static SCRATCH_AREA: Scratch = Scratch(UnsafeCell::new([0; SCRATCH]));
static LARGE: Global<Vec<u8>> = Global::new(Vec::new);
static RESULT: Global<Vec<u8>> = Global::new(Vec::new);
static FAULT: Global<String> = Global::new(String::new);

/// Where `ext_storage_read` and its kin leave the bytes that the glue writes into the runtime's buffer: pointer, length.
struct OutArea(UnsafeCell<[u32; 2]>);
unsafe impl Sync for OutArea {}
static OUT: OutArea = OutArea(UnsafeCell::new([0; 2]));

/// Bytes at an address of this memory, as the glue or Python passed them.
pub fn bytes(pointer: u32, length: u32) -> &'static [u8] {
    if length == 0 {
        return &[];
    }
    unsafe { std::slice::from_raw_parts(pointer as *const u8, length as usize) }
}

pub fn array<const N: usize>(pointer: u32) -> &'static [u8; N] {
    unsafe { &*(pointer as *const [u8; N]) }
}

/// The result buffer, emptied; `packed` tells the caller where it is.
pub fn result() -> &'static mut Vec<u8> {
    let buffer = RESULT.get();
    buffer.clear();
    if buffer.capacity() > 1 << 22 {
        *buffer = Vec::new();
    }
    buffer.reserve(64);
    buffer
}

/// Span of the result buffer: pointer, and length in the upper half. Never 0, which stands for "nothing".
pub fn packed() -> u64 {
    let buffer = RESULT.get();
    (buffer.as_ptr() as usize as u64) | ((buffer.len() as u64) << 32)
}

pub fn give(value: &[u8]) -> u64 {
    result().extend_from_slice(value);
    packed()
}

/// Pointer to a result of fixed length.
pub fn give_array<const N: usize>(value: [u8; N]) -> u32 {
    give(&value) as u32
}

pub fn give_optional(value: Option<&[u8]>) -> u64 {
    value.map_or(0, give)
}

pub fn set_out(value: &[u8]) {
    unsafe { *OUT.0.get() = [value.as_ptr() as usize as u32, value.len() as u32] };
}

/// A list of byte strings for Python: each with its length before it, u32 little endian.
pub fn give_list<T: AsRef<[u8]>>(items: impl IntoIterator<Item = T>) -> u64 {
    let buffer = result();
    for item in items {
        let item = item.as_ref();
        buffer.extend_from_slice(&(item.len() as u32).to_le_bytes());
        buffer.extend_from_slice(item);
    }
    packed()
}

/// Reads what `give_list` writes.
pub fn list(mut encoded: &[u8]) -> Vec<&[u8]> {
    let mut items = Vec::new();
    while encoded.len() >= 4 {
        let length = u32::from_le_bytes([encoded[0], encoded[1], encoded[2], encoded[3]]) as usize;
        items.push(&encoded[4..4 + length]);
        encoded = &encoded[4 + length..];
    }
    items
}

/// Ends the whole call into WASM; Python reads the message.
pub fn fail(message: &str) -> ! {
    *FAULT.get() = message.to_string();
    core::arch::wasm32::unreachable()
}

pub fn orfail<T, E>(outcome: Result<T, E>, message: &str) -> T {
    outcome.unwrap_or_else(|_| fail(message))
}

#[no_mangle]
extern "C" fn setup() {
    std::panic::set_hook(Box::new(|info| *FAULT.get() = format!("native module: {info}")));
}

/// The message of the last refusal, then forgotten.
#[no_mangle]
extern "C" fn take_fault() -> u64 {
    let message = std::mem::take(FAULT.get());
    give(message.as_bytes())
}

/// Where Python's arguments lie: 16 slots of 8 bytes.
struct Slots(UnsafeCell<[u64; 16]>);
unsafe impl Sync for Slots {}
static SLOTS: Slots = Slots(UnsafeCell::new([0; 16]));

#[no_mangle]
extern "C" fn argument_slots() -> u32 {
    SLOTS.0.get() as usize as u32
}

#[no_mangle]
extern "C" fn scratch_area() -> u32 {
    SCRATCH_AREA.0.get() as usize as u32
}

#[no_mangle]
extern "C" fn scratch_size() -> u32 {
    SCRATCH as u32
}

#[no_mangle]
extern "C" fn out_area() -> u32 {
    OUT.0.get() as usize as u32
}

/// Room for arguments that do not fit in the scratch area; valid until asked for again.
#[no_mangle]
extern "C" fn large(length: u32) -> u32 {
    let buffer = LARGE.get();
    buffer.clear();
    if buffer.capacity() > 1 << 24 {
        *buffer = Vec::new();
    }
    buffer.reserve(length as usize);
    buffer.as_ptr() as usize as u32
}

/// Room for a runtime's result.
#[no_mangle]
extern "C" fn room(length: u32) -> u32 {
    result().resize(length as usize, 0);
    packed() as u32
}
