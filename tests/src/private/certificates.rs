//! Certificates for a server on the loopback address, signed by an authority that is
//! made for it and that nobody else trusts.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// The names of the files.
pub(crate) const AUTHORITY: &str = "ca.pem";
pub(crate) const CERTIFICATE: &str = "server.pem";
pub(crate) const KEY: &str = "server.key";

/// Makes them in a folder, and gives back the path of the authority, for whoever is to
/// trust the server.
pub(crate) fn make(folder: &Path) -> PathBuf {
    let authority_key = KeyPair::generate().expect("keys can be made");
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let name = "Authority of one test";
    authority.distinguished_name.push(DnType::CommonName, name);
    let signed = authority.self_signed(&authority_key).expect("it is valid");
    let issuer = Issuer::new(authority, authority_key);

    let key = KeyPair::generate().expect("keys can be made");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut server = CertificateParams::new(names).expect("the names are valid");
    let name = "Server of one test";
    server.distinguished_name.push(DnType::CommonName, name);
    let certificate = server.signed_by(&key, &issuer).expect("it is valid");

    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("the folder is ours");
        path
    };
    write(CERTIFICATE, certificate.pem());
    write(KEY, key.serialize_pem());
    write(AUTHORITY, signed.pem())
}
