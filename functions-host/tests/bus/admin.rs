//! The admin API of a Pulsar that is there for tests.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long a broker may take until it has done something.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Admin {
    service: String,
    url: String,
}

impl Admin {
    pub(crate) fn of_environment() -> Self {
        let variable = |name: &str| {
            std::env::var(name)
                .unwrap_or_else(|_| panic!("{name} is not set; see cargo xtask test"))
        };
        Self {
            service: variable("FUNCTIONS_TEST_PULSAR_URL"),
            url: variable("FUNCTIONS_TEST_PULSAR_ADMIN_URL"),
        }
    }

    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn make_tenant(&self, tenant: &str) {
        let body = r#"{"adminRoles":[],"allowedClusters":["standalone"]}"#;
        self.put(&format!("tenants/{tenant}"), body);
    }

    pub(crate) fn make_namespace(&self, tenant: &str, namespace: &str) {
        self.put(&format!("namespaces/{tenant}/{namespace}"), "");
    }

    /// Puts something there, again and again until it is: a broker that has just begun
    /// takes its time.
    fn put(&self, path: &str, body: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let status = self.request("PUT", path, body);
            // 409: it is there.
            if matches!(status, 200..300 | 409) {
                return;
            }
            assert!(Instant::now() < end, "PUT {path} ends with {status}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn request(&self, method: &str, path: &str, body: &str) -> u16 {
        let host = self.url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} /admin/v2/{path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}
