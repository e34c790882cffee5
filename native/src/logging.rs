//! What runtimes log, kept until Python takes it.

use crate::abi::{bytes, fail, give, packed, result, Global};
use std::collections::VecDeque;

const ERROR: u32 = 0;
const DEBUG: u32 = 3;
const KEPT: usize = 10_000;

struct Line {
    level: u32,
    target: Vec<u8>,
    message: Vec<u8>,
}

#[derive(Default)]
struct Logs {
    lines: VecDeque<Line>,
    /// sp-core's LogLevelFilter: 0 nothing, 1 errors, ... 5 traces.
    filter: u32,
    /// The last error of the running call: a runtime's panic message comes here before it traps.
    error: Vec<u8>,
}

static LOGS: Global<Logs> = Global::new(|| Logs { filter: 3, ..Logs::default() });

pub fn log(level: u32, target: &[u8], message: &[u8]) {
    let logs = LOGS.get();
    if level == ERROR {
        logs.error = message.to_vec();
    }
    if level < logs.filter {
        if logs.lines.len() == KEPT {
            logs.lines.pop_front();
        }
        logs.lines.push_back(Line { level, target: target.to_vec(), message: message.to_vec() });
    }
}

/// At the beginning of a call.
pub fn forget_error() {
    LOGS.get().error.clear();
}

#[no_mangle]
extern "C" fn ext_logging_log_version_1(level: u32, target: u32, target_length: u32, message: u32, length: u32) {
    log(level, bytes(target, target_length), bytes(message, length));
}

#[no_mangle]
extern "C" fn ext_logging_max_level_version_1() -> u32 {
    LOGS.get().filter
}

/// Runtimes built with the improved panic report call this instead of logging.
#[no_mangle]
extern "C" fn ext_panic_handler_abort_on_panic_version_1(message: u32, length: u32) {
    log(ERROR, b"runtime", bytes(message, length));
    fail(&String::from_utf8_lossy(bytes(message, length)));
}

#[no_mangle]
extern "C" fn ext_misc_print_utf8_version_1(data: u32, length: u32) {
    log(DEBUG, b"runtime", bytes(data, length));
}

#[no_mangle]
extern "C" fn ext_misc_print_hex_version_1(data: u32, length: u32) {
    let text: String = bytes(data, length).iter().map(|byte| format!("{byte:02x}")).collect();
    log(DEBUG, b"runtime", text.as_bytes());
}

#[no_mangle]
extern "C" fn ext_misc_print_num_version_1(number: u64) {
    log(DEBUG, b"runtime", number.to_string().as_bytes());
}

#[no_mangle]
extern "C" fn set_log_level(filter: u32) {
    LOGS.get().filter = filter;
}

/// Level (one byte), target, message of each line; the two texts with their lengths before them.
#[no_mangle]
extern "C" fn take_logs() -> u64 {
    let buffer = result();
    for line in LOGS.get().lines.drain(..) {
        for part in [&[line.level as u8][..], &line.target, &line.message] {
            buffer.extend_from_slice(&(part.len() as u32).to_le_bytes());
            buffer.extend_from_slice(part);
        }
    }
    packed()
}

/// The last error since this was asked, then forgotten.
#[no_mangle]
extern "C" fn take_error() -> u64 {
    give(&std::mem::take(&mut LOGS.get().error))
}
