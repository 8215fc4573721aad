//! The files of a broker's certificate.

use std::path::{Path, PathBuf};

use crate::certificates::Authority;

/// The names of the files.
pub(super) const AUTHORITY: &str = "ca.pem";
pub(super) const CERTIFICATE: &str = "server.pem";
pub(super) const KEY: &str = "server.key";

/// Makes them in a folder, and gives back the path of the authority, for whoever is to
/// trust the broker.
pub(super) fn make(folder: &Path) -> PathBuf {
    let authority = Authority::new();
    let server = authority.sign("Broker of one test");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("the folder is ours");
        path
    };
    write(CERTIFICATE, &server.certificate);
    write(KEY, &server.key);
    write(AUTHORITY, authority.pem())
}
