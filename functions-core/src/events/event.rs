//! The moments in the life of a deployment that are announced.

use std::fmt;

/// What has happened to a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Event {
    /// It serves its functions. Announced once the server listens, and again to
    /// everybody who has not been told: there is no harm in hearing it twice.
    Started,
    /// It lives. Announced at a steady interval.
    Healthy,
    /// It is about to end, and takes no more calls. Announced where that is asked for.
    Stopped,
}

impl Event {
    /// The name of the event, such as `FunctionsDeploymentStartedEvent`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "FunctionsDeploymentStartedEvent",
            Self::Healthy => "FunctionsDeploymentHealthyEvent",
            Self::Stopped => "FunctionsDeploymentStoppedEvent",
        }
    }

    /// What a `system-event` calls its payload. The first one has no `s`: that is
    /// how its readers know it.
    #[must_use]
    pub const fn payload_type(self) -> &'static str {
        match self {
            Self::Started => "FunctionDeploymentStartedPayload",
            Self::Healthy => "FunctionsDeploymentHealthyPayload",
            Self::Stopped => "FunctionsDeploymentStoppedPayload",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
