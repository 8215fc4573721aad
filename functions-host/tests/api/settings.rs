//! What a host is told from outside.

use std::process::Output;

use crate::server::command;

fn run(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command.envs(variables.iter().copied()).args(arguments);
    command.output().unwrap()
}

fn complaint(variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = run(variables, arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[test]
fn a_value_that_cannot_be_understood_stops_the_start_with_its_variable_and_what_is_allowed() {
    assert_eq!(
        complaint(&[("FUNCTIONS_HOST_PORT", "http")], &[]),
        "functions-host: FUNCTIONS_HOST_PORT is 'http'; allowed: a whole number from 0 to 65535\n"
    );
    assert_eq!(
        complaint(&[("PORT", "70000")], &["serve"]),
        "functions-host: PORT is '70000'; allowed: a whole number from 0 to 65535\n"
    );
    assert_eq!(
        complaint(&[], &["--port", "x\ny"]),
        "functions-host: --port is 'x\\ny'; allowed: a whole number from 0 to 65535\n"
    );
    assert!(complaint(&[], &["--prot", "1"]).contains("--prot"));
    assert!(complaint(&[], &["sreve"]).contains("sreve"));
}

#[test]
fn the_url_of_a_database_is_never_shown() {
    for url in [
        "mysql://user:secret@host/db",
        "postgres://user:secret@host/db?sslmode=secret",
        "postgres://user:secret@host/db?secret=1",
        "user:secret",
    ] {
        let said = complaint(&[("DATABASE_URL", url)], &[]);
        let allowed = "DATABASE_URL is set to what cannot be used; allowed: sqlite:// and the \
                       path of a file, or postgres://USER:PASSWORD@HOST:PORT/DATABASE \
                       (postgresql:// is the same)";
        assert!(said.contains(allowed), "{said}");
        let is_a_name = url.contains("?secret");
        assert_eq!(said.contains("secret"), is_a_name, "{said}");
    }
    // Nobody is there.
    let nowhere = [("DATABASE_URL", "postgresql://user:secret@127.0.0.1:1/db")];
    let said = complaint(&nowhere, &["--log-level", "DEBUG"]);
    assert!(
        said.contains("database postgres://127.0.0.1:1/db cannot be used"),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
    let help = run(&[("DATABASE_URL", "sqlite://hidden.db")], &["--help"]);
    assert!(!String::from_utf8(help.stdout).unwrap().contains("hidden"));
}

#[test]
fn a_store_that_cannot_be_understood_or_used_stops_the_start() {
    for store in ["http://bucket", "s3://", "s3://a b", "s3://bucket/../other"] {
        assert_eq!(
            complaint(&[("FUNCTIONS_HOST_MODULE_STORE", store)], &[]),
            format!(
                "functions-host: FUNCTIONS_HOST_MODULE_STORE is '{store}'; \
                 allowed: the path of a folder, or s3://BUCKET/PREFIX\n"
            )
        );
    }
    let store = ("FUNCTIONS_HOST_MODULE_STORE", "s3://bucket/prefix");
    let half = complaint(&[store, ("AWS_ACCESS_KEY_ID", "an-id")], &[]);
    assert!(
        half.contains("s3://bucket/prefix cannot be opened"),
        "{half}"
    );
}

#[test]
fn rules_of_the_network_that_cannot_be_understood_stop_the_start() {
    assert_eq!(
        complaint(
            &[("FUNCTIONS_HOST_EGRESS_ALLOW", "10.0.0.0/8,10.0.0.0/33")],
            &[]
        ),
        "functions-host: FUNCTIONS_HOST_EGRESS_ALLOW is '10.0.0.0/8,10.0.0.0/33'; allowed: with \
         commas between: networks as in 10.1.0.0/16, hosts as in example.com, *.example.com or \
         10.1.2.3, each with a port behind it where only that is meant\n"
    );
    assert_eq!(
        complaint(&[("FUNCTIONS_HOST_EGRESS", "all")], &[]),
        "functions-host: FUNCTIONS_HOST_EGRESS is 'all'; allowed: public or listed\n"
    );
    let allowed = [(
        "FUNCTIONS_HOST_EGRESS_ALLOW",
        " 10.0.0.0/8, *.lan:8080,::1 ,",
    )];
    assert!(run(&allowed, &["migrate"]).status.success());
}

#[test]
fn the_key_of_a_store_is_never_shown() {
    let variables = [
        ("FUNCTIONS_HOST_S3_ACCESS_KEY_ID", "an-id"),
        ("FUNCTIONS_HOST_S3_SECRET_ACCESS_KEY", "a-secret"),
    ];
    let help = run(&variables, &["--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("FUNCTIONS_HOST_S3_SECRET_ACCESS_KEY"));
    assert!(!help.contains("an-id") && !help.contains("a-secret"));
    let said = complaint(&[("FUNCTIONS_HOST_S3_ENDPOINT", "http://a:b@c")], &[]);
    assert!(
        said.contains("a URL with http or https and no password"),
        "{said}"
    );
    assert!(!said.contains("a:b"), "{said}");
}

#[test]
fn every_setting_is_a_flag_and_a_variable() {
    let help = run(&[], &["--help"]);
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    let flags = help.matches("\n      --").count();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.starts_with("Keeps WASM modules"), "{help}");
    let variables = help.matches("[env: FUNCTIONS_HOST_").count();
    assert!(variables > 20, "{help}");
    assert_eq!(
        flags,
        variables + help.matches("[env: DATABASE_URL").count(),
        "{help}"
    );
    for verb in ["serve", "migrate"] {
        assert!(help.contains(verb));
    }
    // What the host calls itself with is nobody else's.
    assert!(!help.contains("\n  compile"));
}

#[test]
fn migrate_makes_the_database_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        // A variable that is set to nothing is not set.
        let mut migrate = command(folder.path());
        migrate.env("FUNCTIONS_HOST_MAX_UPLOADS", "").arg("migrate");
        let output = migrate
            .args(["--database-url", "sqlite://other.db"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(folder.path().join("other.db").exists());
        assert!(folder.path().join("events.db").exists());
    }
}

#[test]
fn a_file_of_settings_is_read_and_the_environment_wins_over_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".env"),
        "PORT=x\nFUNCTIONS_HOST_LOG_LEVEL=y\n",
    )
    .unwrap();
    let mut host = command(folder.path());
    let output = host.env("PORT", "z").arg("migrate").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("PORT is 'z'") || said.contains("FUNCTIONS_HOST_LOG_LEVEL is 'y'"),
        "{said}"
    );
    assert!(!said.contains("'x'"), "{said}");
}
