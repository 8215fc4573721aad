//! The steps of an upload and of a removal, between which a process can be stopped.
//!
//! The tests stop one after each of them. In a host this is nothing.

/// A step that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The file for an upload is there, empty.
    Begun,
    /// Some bytes of it are written.
    Written,
    /// All of them are, and lie on the disk.
    Received,
    /// It is written down that an object is on its way into the bucket.
    Noted,
    /// The file has its name among the others.
    Named,
    /// The folder lies on the disk, or the object in the bucket.
    Kept,
    /// The row is written, in a transaction that is open.
    Inserted,
    /// The transaction is closed.
    Added,
    /// The row is away, in a transaction that is open.
    Deleted,
    /// The transaction is closed.
    Removed,
    /// The file is away, or the object.
    Unlinked,
    /// It is not written down any more that the object was to go.
    Forgotten,
}

/// A step was done.
#[cfg(not(test))]
pub(super) const fn done(_: Step) {}

#[cfg(test)]
pub(super) use super::tests::done;
