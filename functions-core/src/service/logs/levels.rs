//! Which events are logged at all: a level for everything, another for the HTTP layer.

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing::{Level, subscriber::Interest};

/// Crates of the HTTP layer; `hyper` stands for `hyper_util` as well.
const HTTP_CRATES: [&str; 4] = ["hyper", "h2", "axum", "tower"];

/// Modules of ours that belong to it.
const HTTP_MODULES: [&str; 1] = ["functions_core::server"];

/// Below all of them. What they say below `INFO` is of use to their authors alone.
const PLUMBING: [&str; 6] = ["mio", "polling", "runtime", "rustls", "tokio", "want"];

/// Whoever uses them says what goes wrong with them, once. They would say it again and
/// again, with whole messages in it: that is for those who look for a mistake in them.
const SPOKEN_FOR: [&str; 3] = ["amq_protocol", "lapin", "rustls_connector"];

#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    all: LevelFilter,
    http: LevelFilter,
    /// Crates of which nothing is logged.
    silent: &'static [&'static str],
}

impl Levels {
    pub(super) fn new(all: Level, http: Level) -> Self {
        Self {
            all: LevelFilter::from_level(all),
            http: LevelFilter::from_level(http),
            silent: &[],
        }
    }

    pub(super) fn silent(self, silent: &'static [&'static str]) -> Self {
        Self { silent, ..self }
    }

    pub(super) fn most(&self) -> LevelFilter {
        self.all.max(self.http)
    }

    pub(super) fn allow(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.of(metadata.target())
    }

    pub(super) fn interest(&self, metadata: &Metadata<'_>) -> Interest {
        if self.allow(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn of(&self, target: &str) -> LevelFilter {
        let from = target.split("::").next().unwrap_or(target);
        if is_any_of(from, self.silent) {
            LevelFilter::OFF
        } else if is_any_of(from, &HTTP_CRATES)
            || HTTP_MODULES.iter().any(|own| is_within(target, own))
        {
            self.http
        } else if is_any_of(from, &SPOKEN_FOR) && self.all < LevelFilter::DEBUG {
            LevelFilter::OFF
        } else if is_any_of(from, &PLUMBING) || is_any_of(from, &SPOKEN_FOR) {
            self.all.min(LevelFilter::INFO)
        } else {
            self.all
        }
    }
}

fn is_any_of(name: &str, crates: &[&str]) -> bool {
    crates.iter().any(|family| {
        name.strip_prefix(family)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}

fn is_within(target: &str, module: &str) -> bool {
    target
        .strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::Levels;
    use tracing::Level;
    use tracing::level_filters::LevelFilter;

    #[test]
    fn the_http_layer_has_a_level_of_its_own() {
        let levels = Levels::new(Level::DEBUG, Level::WARN);
        for http in [
            "hyper::proto::h1",
            "hyper_util::server",
            "h2",
            "axum::serve",
            "axum_core",
            "tower_http::cors",
            "functions_core::server",
            "functions_core::server::routes",
        ] {
            assert_eq!(levels.of(http), LevelFilter::WARN, "{http}");
        }
        for other in ["h2o", "towers", "functions_core::servers", "my_app", ""] {
            assert_eq!(levels.of(other), LevelFilter::DEBUG, "{other}");
        }
        assert_eq!(levels.most(), LevelFilter::DEBUG);
    }

    #[test]
    fn of_a_crate_that_is_to_be_silent_nothing_is_logged_at_any_level() {
        let levels = Levels::new(Level::TRACE, Level::TRACE).silent(&["noise"]);
        assert_eq!(levels.of("noise"), LevelFilter::OFF);
        assert_eq!(levels.of("noise_maker::loud"), LevelFilter::OFF);
        assert_eq!(levels.of("noiseless"), LevelFilter::TRACE);
    }

    #[test]
    fn plumbing_is_quiet_below_info_and_heard_above() {
        assert_eq!(
            Levels::new(Level::TRACE, Level::INFO).of("mio::poll"),
            LevelFilter::INFO
        );
        assert_eq!(
            Levels::new(Level::ERROR, Level::INFO).of("tokio_util::codec"),
            LevelFilter::ERROR
        );
    }

    #[test]
    fn a_library_that_is_spoken_for_is_silent_unless_mistakes_are_looked_for() {
        let of = |all, target| Levels::new(all, Level::INFO).of(target);
        for target in ["lapin::channels", "amq_protocol_tcp", "rustls_connector"] {
            for all in [Level::ERROR, Level::WARN, Level::INFO] {
                assert_eq!(of(all, target), LevelFilter::OFF, "{target}");
            }
            // Below that they would log what they send: passwords as well.
            for all in [Level::DEBUG, Level::TRACE] {
                assert_eq!(of(all, target), LevelFilter::INFO, "{target}");
            }
        }
        assert_eq!(of(Level::INFO, "lapine"), LevelFilter::INFO);
    }
}
