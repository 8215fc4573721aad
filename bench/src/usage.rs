//! What a process takes of the machine, as Linux tells it in `/proc`.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

/// The CPU time that the threads of a process have had, to the nanosecond;
/// `/proc/PID/stat` counts in steps of ten milliseconds. Threads that have ended do
/// not count. `None` where the system does not tell.
#[must_use]
pub fn cpu_time(pid: u32) -> Option<Duration> {
    let tasks = fs::read_dir(of(pid, "task")).ok()?;
    let mut nanoseconds = 0;
    for task in tasks {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanoseconds))
}

/// The memory of a process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Resident: what of it is in RAM.
    pub resident: u64,
    /// Of that, what it has written itself: heap and stacks.
    pub anonymous: u64,
    /// Of that, pages of its program and libraries.
    pub file: u64,
    /// Resident, where a page shared among n processes counts as 1/n.
    pub proportional: u64,
}

impl Memory {
    /// The memory of a process right now. `None` where the system does not tell.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(of(pid, "status")).ok()?;
        let rollup = fs::read_to_string(of(pid, "smaps_rollup")).ok()?;
        Some(Self {
            resident: field(&status, "VmRSS:")?,
            anonymous: field(&status, "RssAnon:")?,
            file: field(&status, "RssFile:")?,
            proportional: field(&rollup, "Pss:")?,
        })
    }
}

fn of(pid: u32, what: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{what}"))
}

/// A line such as `VmRSS:      1234 kB`, where kB stands for 1,024 bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_read_in_bytes_and_by_its_whole_name() {
        let text = "VmRSSX:\t1 kB\nVmRSS:\t    1234 kB\n";
        assert_eq!(field(text, "VmRSS:"), Some(1234 * 1024));
        assert_eq!(field(text, "VmHWM:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory_and_has_had_time() {
        let pid = std::process::id();
        let memory = super::Memory::of(pid).unwrap();
        assert!(memory.resident >= memory.anonymous.max(memory.file));
        // It is told in hundredths of a second.
        while super::cpu_time(pid).unwrap().is_zero() {}
    }
}
