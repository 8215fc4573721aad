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
    let others = ["[env: DATABASE_URL", "[env: PULSAR_URL", "[env: KUBECONFIG"];
    assert!(others.iter().all(|other| help.contains(other)), "{help}");
    assert_eq!(flags, variables + others.len(), "{help}");
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

#[test]
fn a_broker_that_cannot_be_understood_stops_the_start_with_what_is_allowed() {
    assert_eq!(
        complaint(&[("PULSAR_URL", "localhost:6650")], &["migrate"]),
        "functions-host: PULSAR_URL is 'localhost:6650'; allowed: pulsar://HOST:PORT, or \
         pulsar+ssl://HOST:PORT for TLS; more hosts with commas between, IPv6 addresses in \
         brackets, nothing behind them\n"
    );
    assert_eq!(
        complaint(
            &[("FUNCTIONS_HOST_PULSAR_ADMIN_URL", "localhost")],
            &["migrate"]
        ),
        "functions-host: FUNCTIONS_HOST_PULSAR_ADMIN_URL is 'localhost'; allowed: \
         http://HOST:PORT or https://HOST:PORT; more hosts with commas between, and a path \
         behind them where there is one\n"
    );
    for (variable, value, allowed) in [
        (
            "TENANT",
            "a/b",
            "1 to 128 letters, digits, `-`, `=`, `:`, `.` and `_`",
        ),
        (
            "SUBSCRIPTION",
            "a b",
            "1 to 128 letters, digits, `-`, `=`, `:`, `.` and `_`",
        ),
        (
            "NAMESPACES",
            "a,platformq/b",
            "the names of namespaces without that of their tenant, with commas between, each of \
             1 to 128 letters, digits, `.`, `_` and `-`",
        ),
        (
            "RESCAN_SECONDS",
            "0",
            "seconds above 0, at most 31536000; decimals are fine",
        ),
        ("PREFETCH", "0", "a whole number from 1 to 4294967295"),
        ("BUFFER_BYTES", "-1", "a whole number from 1"),
        ("PIECES_BYTES", "0", "a whole number from 1"),
        ("TRUST_TENANT_ID", "maybe", "true or false"),
        (
            "OAUTH2_ISSUER_URL",
            "issuer",
            "a URL with http or https, no password and no query",
        ),
        (
            "CA_FILE",
            "https://ca",
            "the path of a file, or file:// before it",
        ),
    ] {
        let variable = format!("FUNCTIONS_HOST_PULSAR_{variable}");
        assert_eq!(
            complaint(&[(&variable, value)], &["migrate"]),
            format!("functions-host: {variable} is '{value}'; allowed: {allowed}\n")
        );
    }
}

#[test]
fn what_is_set_of_a_broker_has_to_go_together() {
    for (variables, said) in [
        (
            &[("TOKEN", "s3cr3t"), ("OAUTH2_KEY_FILE", "/key.json")][..],
            "FUNCTIONS_HOST_PULSAR_TOKEN and FUNCTIONS_HOST_PULSAR_OAUTH2_KEY_FILE are set; \
             allowed: one of them",
        ),
        (
            &[("OAUTH2_SCOPE", "a")],
            "FUNCTIONS_HOST_PULSAR_OAUTH2_SCOPE is set, and \
             FUNCTIONS_HOST_PULSAR_OAUTH2_KEY_FILE is not; allowed: both, or none",
        ),
        (
            &[("CERT_FILE", "/cert.pem")],
            "FUNCTIONS_HOST_PULSAR_CERT_FILE is set, and FUNCTIONS_HOST_PULSAR_KEY_FILE is not; \
             allowed: both, or none",
        ),
        (
            &[("KEY_FILE", "/key.pem")],
            "FUNCTIONS_HOST_PULSAR_KEY_FILE is set, and FUNCTIONS_HOST_PULSAR_CERT_FILE is not; \
             allowed: both, or none",
        ),
        (
            &[("CERT_FILE", "/cert.pem"), ("KEY_FILE", "/key.pem")],
            "FUNCTIONS_HOST_PULSAR_CERT_FILE is set, and PULSAR_URL is 'pulsar://a:6650', where \
             nobody asks for a certificate; allowed: pulsar+ssl://HOST:PORT",
        ),
        (
            &[("BUFFER_BYTES", "1000")],
            "FUNCTIONS_HOST_PULSAR_BUFFER_BYTES is '1000'; allowed: a whole number from \
             8388608, which is the size of the largest message",
        ),
        (
            &[("PIECES_BYTES", "1000")],
            "FUNCTIONS_HOST_PULSAR_PIECES_BYTES is '1000'; allowed: a whole number from \
             16777216, which is the size of the two largest messages",
        ),
    ] {
        let variables = variables.iter();
        let named: Vec<_> = variables
            .map(|(name, value)| (format!("FUNCTIONS_HOST_PULSAR_{name}"), *value))
            .collect();
        let mut variables: Vec<_> = named
            .iter()
            .map(|(name, value)| (&**name, *value))
            .collect();
        variables.push(("PULSAR_URL", "pulsar://a"));
        assert_eq!(
            complaint(&variables, &["migrate"]),
            format!("functions-host: {said}\n")
        );
    }
}

#[test]
fn what_is_set_of_a_broker_and_no_broker_is_told() {
    let variables = [("FUNCTIONS_HOST_PULSAR_TOKEN", "s3cr3t")];
    let output = run(&variables, &["migrate"]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let told = "FUNCTIONS_HOST_PULSAR_TOKEN is set, and PULSAR_URL is not: requests wait in the \
                data folder";
    assert!(said.contains(told) && !said.contains("s3cr3t"), "{said}");
}

#[test]
fn no_secret_of_a_broker_is_shown() {
    let variables = [
        ("FUNCTIONS_HOST_PULSAR_TOKEN", "a-token"),
        ("PULSAR_URL", "pulsar://user:a-password@host"),
        ("FUNCTIONS_HOST_PULSAR_ADMIN_URL", "http://a-host"),
    ];
    let help = run(&variables, &["--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("FUNCTIONS_HOST_PULSAR_TOKEN") && help.contains("http://a-host"));
    assert!(
        !help.contains("a-token") && !help.contains("a-password"),
        "{help}"
    );
    for variables in [
        [("FUNCTIONS_HOST_PULSAR_TOKEN", "s3cr3t and more")],
        [("PULSAR_URL", "pulsar://user:s3cr3t@host")],
        [("PULSAR_URL", "user:s3cr3t@host:6650")],
        [("FUNCTIONS_HOST_PULSAR_ADMIN_URL", "http://user:s3cr3t@host")],
        [(
            "FUNCTIONS_HOST_PULSAR_OAUTH2_ISSUER_URL",
            "https://user:s3cr3t@host",
        )],
    ] {
        let said = complaint(&variables, &["migrate"]);
        assert!(
            said.contains(" is set to what cannot be used; allowed: "),
            "{said}"
        );
        assert!(!said.contains("s3cr3t"), "{said}");
    }
    let said = complaint(&[], &["--pulsar-url", "pulsar://user:s3cr3t@host"]);
    assert!(
        said.contains("--pulsar-url") && !said.contains("s3cr3t"),
        "{said}"
    );
}
