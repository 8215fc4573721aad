//! Assets with small bounds, and a network whose names a test gives.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use functions_host::assets::{Assets, AssetsConfig};
use functions_host::egress::{ClientConfig, Policy, Reach, Resolve};
use futures_util::future::BoxFuture;

/// The largest asset of these tests, in bytes.
pub(crate) const MOST: usize = 100_000;

/// What knows the addresses of names: each answer once, the last for ever.
#[derive(Debug, Default)]
pub(crate) struct Names {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    pub(crate) fn new(names: &[(&str, &[&str])]) -> Arc<Self> {
        let answers = names.iter().map(|(name, answers)| {
            let mut answers: Vec<Vec<IpAddr>> = answers.iter().map(|all| addresses(all)).collect();
            answers.reverse();
            ((*name).to_owned(), answers)
        });
        Arc::new(Self {
            answers: Mutex::new(answers.collect()),
            asked: Mutex::default(),
        })
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn addresses(text: &str) -> Vec<IpAddr> {
    text.split_whitespace()
        .map(|address| address.parse().unwrap())
        .collect()
}

impl Resolve for Names {
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(name.clone());
        let mut answers = self.answers.lock().unwrap();
        let found = answers
            .get_mut(&name)
            .map(|answers| match answers.as_slice() {
                [last] => last.clone(),
                _ => answers.pop().unwrap(),
            });
        Box::pin(async move { found.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}

pub(crate) fn policy(allow: &[&str]) -> Policy {
    let allow = allow.iter().map(|rule| rule.parse().unwrap());
    Policy::new(Reach::Public, allow.collect(), Vec::new())
}

pub(crate) fn config(policy: Policy, names: Arc<Names>) -> AssetsConfig {
    let mut http = ClientConfig::new(policy);
    http.resolver = names;
    let mut config = AssetsConfig::new(http);
    config.max_bytes = MOST;
    config.max_held_bytes = MOST;
    config.timeout = Duration::from_secs(60);
    config
}

/// Assets that reach this machine and nothing else.
pub(crate) fn assets(change: impl FnOnce(&mut AssetsConfig)) -> Assets {
    let mut config = config(policy(&["127.0.0.1"]), Names::new(&[]));
    change(&mut config);
    Assets::new(config).unwrap()
}

/// Why there is no asset, and whether that may pass.
pub(crate) async fn trouble(assets: &Assets, uri: &str) -> (String, bool) {
    let error = assets.fetch(uri).await.unwrap_err();
    (error.to_string(), error.is_transient())
}
