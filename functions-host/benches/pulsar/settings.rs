//! What the command line says.

const PARTS: [&str; 3] = ["throughput", "latency", "memory"];

pub(crate) struct Settings {
    pub(crate) rounds: usize,
    /// How many each has in a round.
    pub(crate) requests: usize,
    /// Requests per second of which latencies are measured at the half, where throughput
    /// was not.
    pub(crate) rate: f64,
    parts: Vec<String>,
}

impl Settings {
    pub(crate) fn read() -> Self {
        let mut settings = Self {
            rounds: 5,
            requests: 30_000,
            rate: 4_000.0,
            parts: Vec::new(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || {
                let number = arguments.next().and_then(|number| number.parse().ok());
                number.unwrap_or_else(|| panic!("{argument} needs a number"))
            };
            match argument.as_str() {
                "--rounds" => settings.rounds = number(),
                "--requests" => settings.requests = number(),
                "--rate" => settings.rate = number() as f64,
                // Cargo says it to every benchmark.
                "--bench" => {}
                part if PARTS.contains(&part) => settings.parts.push(argument),
                _ => panic!("{argument:?} is none of --rounds, --requests, --rate, {PARTS:?}"),
            }
        }
        settings
    }

    pub(crate) fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }
}
