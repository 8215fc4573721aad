//! Configuration: the environment, read once, into types.
