//! Certificates for servers on the loopback address, and for their clients, signed by an
//! authority that is made for one test and that nobody else trusts.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// Somebody who signs certificates.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, as texts.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("keys can be made");
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let name = "Authority of one test";
        authority.distinguished_name.push(DnType::CommonName, name);
        let signed = authority.self_signed(&key).expect("it is valid");
        Self {
            pem: signed.pem(),
            issuer: Issuer::new(authority, key),
        }
    }

    /// What says to trust it.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate of this name, which servers on the loopback address can show.
    pub(crate) fn sign(&self, name: &str) -> Signed {
        let key = KeyPair::generate().expect("keys can be made");
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).expect("the names are valid");
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer);
        Signed {
            certificate: certificate.expect("it is valid").pem(),
            key: key.serialize_pem(),
        }
    }
}
