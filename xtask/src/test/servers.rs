//! The servers of a run of tests.

use super::cargo_test;
use super::targets::Need;
use crate::broker::Broker;
use crate::cargo::Cargo;
use crate::found::Found;
use crate::lent::{Lent, PROGRAM};
use crate::{Result, images, kubernetes, postgres, pulsar};

/// Those that were found, and those that were started to be shared.
pub(super) struct Servers {
    broker: Option<Broker>,
    found: Vec<(Need, Found)>,
    lent: Lent,
}

impl Servers {
    /// Finds what is needed, as far as it is to be had. For each there is a line that says
    /// what the tests get. What starts those that are to be shared is built as one of
    /// `packages`.
    ///
    /// # Errors
    /// One that is to be shared does not start, or the programs of images cannot be linked.
    pub(super) fn find(needs: &[Need], packages: &[&str]) -> Result<Self> {
        let needed = |need: Need| needs.contains(&need);
        let broker = needed(Need::RabbitMq).then(Broker::find).flatten();
        let mut found = Vec::new();
        for (need, find) in [
            (Need::Pulsar, pulsar::find as fn() -> Option<Found>),
            (Need::Postgres, postgres::find),
            (Need::Kubernetes, kubernetes::find),
        ] {
            found.extend(needed(need).then(find).flatten().map(|found| (need, found)));
        }
        if needed(Need::Images) {
            found.extend(images::find()?.map(|found| (Need::Images, found)));
        }
        let all = found.iter().map(|(_, found)| found);
        let missing: Vec<_> = all.filter(|found| !found.is_there).collect();
        let lent = match missing.is_empty() {
            true => Lent::none(),
            false => {
                let built = cargo_test().args(packages);
                built.args(["--no-run", "--test", PROGRAM]).run()?;
                Lent::start(&missing)?
            }
        };
        Ok(Self {
            broker,
            found,
            lent,
        })
    }

    /// Whether all of these are there, of which none is a module.
    pub(super) fn are_enough_for(&self, needs: &[Need]) -> bool {
        needs.iter().all(|need| match need {
            Need::Modules => false,
            Need::RabbitMq => self.broker.is_some(),
            Need::Pulsar | Need::Postgres | Need::Kubernetes | Need::Images => {
                self.found.iter().any(|(found, _)| found == need)
            }
        })
    }

    /// Tells a run of ignored tests, whose needs these are, and leaves those out that these
    /// servers, or this machine, cannot show.
    pub(super) fn tell(&self, needs: &[Need], cargo: Cargo) -> Cargo {
        let found = self.found.iter().filter(|(need, _)| needs.contains(need));
        let found: Vec<_> = found.map(|(_, found)| found).collect();
        let cargo = found.iter().fold(cargo, |cargo, found| found.tell(cargo));
        let cargo = self.lent.tell(cargo);
        let broker = self.broker.as_ref();
        let broker = broker.filter(|_| needs.contains(&Need::RabbitMq));
        let cargo = match broker {
            Some(broker) => broker.tell(cargo).args(broker.skipped()),
            None => cargo,
        };
        let skipped = found.iter().flat_map(|found| found.skipped());
        let cargo = cargo.args(skipped);
        match found.iter().all(|found| found.is_made) {
            true => cargo,
            false => cargo.args(["--skip", "faults"]),
        }
    }
}
