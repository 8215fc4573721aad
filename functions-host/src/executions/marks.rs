//! Marks of what is under way, in a file: what a host was at when it was killed is known to the
//! next one.
//!
//! A module that ends its host would do so for ever, were nothing known of it afterwards. So
//! an attempt leaves a mark before it begins. A mark is a few bytes in a place that was free,
//! and nobody waits for the disk: what was written outlives the process, and a machine that
//! loses its power was not ended by a module.
//!
//! Nothing is taken out of the file at the end of an attempt: of an execution that has ended
//! the history knows that, whatever mark it has left, and the place is used again.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ExecutionId;

/// The bytes of a mark: an id, the number of the attempt, and a checksum of both, padded.
const SIZE: usize = 32;
const ID: usize = 16;
const SUMMED: usize = ID + 4;

/// How many marks are read at most, of a file that somebody else has written.
const MOST: u64 = 1 << 16;

/// The marks of a host.
#[derive(Clone, Debug)]
pub(super) struct Marks(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: File,
    places: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    /// Those that may be used again.
    free: Vec<u32>,
    /// The first that never was.
    next: u32,
}

/// Stands in the file until this is dropped, and for some time after.
#[derive(Debug)]
pub(super) struct Mark {
    marks: Marks,
    place: u32,
}

/// The numbers of attempts, and their marks.
pub(super) type Found = HashMap<ExecutionId, (u32, Mark)>;

impl Marks {
    /// Opens the file, for its owner alone, or makes it. Returns the attempts that it has marks
    /// of, with their marks.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Found)> {
        let mut options = File::options();
        options.read(true).write(true).create(true).mode(0o600);
        let file = options.open(path)?;
        let mut bytes = Vec::new();
        let most = MOST.saturating_mul(SIZE as u64);
        (&file).take(most).read_to_end(&mut bytes)?;
        let next = u32::try_from(bytes.len().div_ceil(SIZE)).unwrap_or(u32::MAX);
        let marks = Self(Arc::new(Shared {
            file,
            places: Mutex::new(Places {
                free: Vec::new(),
                next,
            }),
        }));
        let mut found = Found::new();
        for (place, bytes) in (0..).zip(bytes.chunks(SIZE)) {
            // One that is let go is free again.
            let mark = Mark {
                marks: marks.clone(),
                place,
            };
            let Some((id, attempt)) = read(bytes) else {
                continue;
            };
            let known = found.get(&id).map_or(0, |(attempt, _)| *attempt);
            if attempt > known {
                found.insert(id, (attempt, mark));
            }
        }
        Ok((marks, found))
    }

    /// Marks an attempt.
    pub(super) fn mark(&self, id: ExecutionId, attempt: u32) -> io::Result<Mark> {
        let place = {
            let mut places = self.places();
            match places.free.pop() {
                Some(place) => place,
                None => {
                    let place = places.next;
                    places.next = place.saturating_add(1);
                    place
                }
            }
        };
        let mark = Mark {
            marks: self.clone(),
            place,
        };
        self.write(place, &written(id, attempt))?;
        Ok(mark)
    }

    /// Takes a mark out of the file.
    pub(super) fn erase(&self, mark: Mark) -> io::Result<()> {
        self.write(mark.place, &[0; SIZE])
    }

    fn write(&self, place: u32, bytes: &[u8]) -> io::Result<()> {
        let at = u64::from(place).saturating_mul(SIZE as u64);
        self.0.file.write_all_at(bytes, at)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        let places = &self.0.places;
        places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.marks.places().free.push(self.place);
    }
}

fn written(id: ExecutionId, attempt: u32) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    put(&mut bytes, 0, *id.as_bytes());
    put(&mut bytes, ID, attempt.to_le_bytes());
    let sum = bytes
        .first_chunk::<SUMMED>()
        .map(|bytes| crc32c::crc32c(bytes));
    put(&mut bytes, SUMMED, sum.unwrap_or_default().to_le_bytes());
    bytes
}

fn put<const N: usize>(bytes: &mut [u8; SIZE], at: usize, part: [u8; N]) {
    let place = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
    if let Some(place) = place {
        *place = part;
    }
}

fn read(bytes: &[u8]) -> Option<(ExecutionId, u32)> {
    let (summed, rest) = bytes.split_at_checked(SUMMED)?;
    let (id, attempt) = summed.split_first_chunk::<ID>()?;
    let sum = u32::from_le_bytes(*rest.first_chunk()?);
    let attempt = u32::from_le_bytes(*attempt.first_chunk()?);
    (sum == crc32c::crc32c(summed) && attempt > 0).then(|| (ExecutionId::from_bytes(*id), attempt))
}

#[cfg(test)]
mod tests {
    use super::{ExecutionId, Marks, SIZE};
    use std::collections::BTreeMap;
    use std::path::Path;

    fn id(n: u32) -> ExecutionId {
        ExecutionId::of(&"t".parse().unwrap(), &n.to_string())
    }

    fn found(path: &Path) -> BTreeMap<ExecutionId, u32> {
        let (_, found) = Marks::open(path).unwrap();
        let found = found.into_iter().map(|(id, (attempt, _))| (id, attempt));
        found.collect()
    }

    #[test]
    fn a_mark_is_found_by_the_next_host_until_its_place_is_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marks");
        let (marks, none) = Marks::open(&path).unwrap();
        assert!(none.is_empty());
        let held: Vec<_> = (0..3).map(|n| marks.mark(id(n), n + 1).unwrap()).collect();
        assert_eq!(found(&path), (0..3).map(|n| (id(n), n + 1)).collect());
        drop(held);
        let _held: Vec<_> = (3..5).map(|n| marks.mark(id(n), 7).unwrap()).collect();
        assert_eq!(found(&path).len(), 3);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 3 * SIZE as u64);
        // Those that are held keep their places.
        let (marks, mut others) = Marks::open(&path).unwrap();
        let (attempt, mark) = others.remove(&id(3)).unwrap();
        assert_eq!(attempt, 7);
        marks.erase(mark).unwrap();
        let _more = marks.mark(id(9), 1).unwrap();
        let now = found(&path);
        assert_eq!((now.get(&id(3)), now.get(&id(4))), (None, Some(&7)));
        assert_eq!((now.get(&id(9)), now.len()), (Some(&1), 3));
    }

    #[test]
    fn bytes_that_are_no_mark_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marks");
        let (marks, _) = Marks::open(&path).unwrap();
        let _held: Vec<_> = (0..3).map(|n| marks.mark(id(n), 1).unwrap()).collect();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[5] ^= 1;
        bytes.truncate(2 * SIZE + 7);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(found(&path), [(id(1), 1)].into());
    }
}
