//! The files of the certificate of a server on the loopback address.

use std::path::{Path, PathBuf};

use crate::certificates::Authority;

/// The names of the files.
pub(crate) const AUTHORITY: &str = "ca.pem";
pub(crate) const CERTIFICATE: &str = "server.pem";
pub(crate) const KEY: &str = "server.key";

/// Makes them in a folder, and gives back the path of the authority, for whoever is to
/// trust the server.
pub(crate) fn make(folder: &Path) -> PathBuf {
    let authority = Authority::new();
    let server = authority.sign("Server of one test");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("the folder is ours");
        path
    };
    write(CERTIFICATE, &server.certificate);
    write(KEY, &server.key);
    write(AUTHORITY, authority.pem())
}
