use std::ffi::OsString;
use std::time::Duration;

use confique::Layer as _;
use proptest::prelude::{Strategy as _, any, proptest};

use super::rows::Row;
use super::{
    Config, ConfigError, CorsOrigins, EventFormat, Fault, Layer, LogFormat, LogLevel, Part,
    RabbitMqConfig,
};
use super::{dotenv, environment, rows, table};

type RabbitMqLayer = <RabbitMqConfig as confique::Config>::Layer;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    let pairs = pairs.iter();
    pairs.map(|(n, v)| ((*n).into(), (*v).into())).collect()
}

fn load(environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_sources(Layer::default(), pairs(environment), None)
}

fn refused(environment: &[(&str, &str)]) -> String {
    load(environment).unwrap_err().to_string()
}

#[test]
fn an_empty_environment_gives_the_documented_defaults() {
    let config = load(&[]).unwrap();
    assert_eq!(config.deployment_id, "local-dev");
    assert_eq!((config.host.as_str(), config.port), ("0.0.0.0", 8000));
    assert_eq!(config.timeout, Duration::from_secs(30));
    assert_eq!(config.max_timeout, Duration::from_secs(300));
    assert_eq!(config.log_level, LogLevel::Info);
    assert_eq!(config.http_log_level, LogLevel::Info);
    assert_eq!(config.log_format, None);
    assert_eq!(config.max_body_bytes, 10_485_760);
    assert_eq!(config.max_header_bytes, 65_536);
    assert_eq!(config.header_timeout, Duration::from_secs(30));
    assert_eq!(config.body_timeout, Duration::from_secs(30));
    assert_eq!(config.max_connections, 16_384);
    assert_eq!(config.max_concurrency, 1024);
    assert_eq!(config.max_queue, 1024);
    assert_eq!(config.shutdown_delay, Duration::ZERO);
    assert_eq!(config.shutdown_timeout, Duration::from_secs(25));
    assert_eq!(config.workers, None);
    assert_eq!(config.cors_origins, None);
    assert!(config.docs && !config.describe && !config.help);
    assert!(config.warnings.is_empty());
}

#[test]
fn an_empty_environment_configures_no_broker() {
    let config = load(&[]).unwrap();
    let broker = &config.rabbitmq;
    assert_eq!((&broker.hostname, &broker.username), (&None, &None));
    assert_eq!((&broker.password, broker.port), (&None, None));
    assert_eq!((&*broker.vhost, &*broker.exchange), ("/", "event.exchange"));
    assert_eq!((broker.tls, &broker.ca_file), (false, &None));
    assert_eq!(broker.heartbeat, 10);
    let events = &config.events;
    assert!(events.enabled && !events.stopped_event);
    assert_eq!(events.health_check_interval, Duration::from_secs(60));
    assert_eq!(events.connection_timeout, Duration::from_secs(10));
    assert_eq!(events.max_retries, 5);
    assert_eq!(events.retry_delay, Duration::from_secs(5));
    assert_eq!(events.format, EventFormat::Plain);
    for (key, event) in [
        (&events.routing_key_started, "started"),
        (&events.routing_key_healthy, "healthy"),
        (&events.routing_key_stopped, "stopped"),
    ] {
        let prefix = "routing.event.metatwin-functions.function.deployment.";
        assert_eq!(key.strip_prefix(prefix), Some(event));
    }
}

#[test]
fn every_variable_of_the_broker_and_the_events_is_read_into_its_field() {
    let config = load(&[
        ("CRBR_RABBITMQ_HOSTNAME", "broker.example"),
        ("CRBR_RABBITMQ_USERNAME", "cerebro"),
        ("CRBR_RABBITMQ_PASSWORD", "p@ss word/%"),
        ("CRBR_RABBITMQ_PORT", "1"),
        ("CRBR_RABBITMQ_VHOST", "blue"),
        ("CRBR_RABBITMQ_EXCHANGE", "x"),
        ("CRBR_FUNCTIONS_RABBITMQ_TLS", "on"),
        ("CRBR_FUNCTIONS_RABBITMQ_CA_FILE", "certs/ca.pem"),
        ("CRBR_FUNCTIONS_RABBITMQ_HEARTBEAT", "2"),
        ("CRBR_ENABLE_EVENTS", "no"),
        ("CRBR_ENABLE_STOPPED_EVENT", "yes"),
        ("CRBR_HEALTH_CHECK_INTERVAL", "1"),
        ("CRBR_CONNECTION_TIMEOUT", "0.5"),
        ("CRBR_MAX_RETRIES", "0"),
        ("CRBR_RETRY_DELAY", "3"),
        ("CRBR_EVENT_FORMAT", "System-Event"),
        ("CRBR_ROUTING_KEY_DEPLOYMENT_STARTED", "a"),
        ("CRBR_ROUTING_KEY_DEPLOYMENT_HEALTHY", "b"),
        ("CRBR_ROUTING_KEY_DEPLOYMENT_STOPPED", "c"),
    ])
    .unwrap();
    let broker = &config.rabbitmq;
    assert_eq!(broker.hostname.as_deref(), Some("broker.example"));
    assert_eq!(broker.username.as_deref(), Some("cerebro"));
    assert_eq!(broker.password.as_ref().unwrap().reveal(), "p@ss word/%");
    assert_eq!(
        (broker.port, &*broker.vhost, &*broker.exchange),
        (Some(1), "blue", "x")
    );
    assert_eq!(broker.ca_file.as_deref(), Some("certs/ca.pem".as_ref()));
    assert_eq!((broker.tls, broker.heartbeat), (true, 2));
    let events = &config.events;
    assert!(!events.enabled && events.stopped_event);
    assert_eq!(events.health_check_interval, Duration::from_secs(1));
    assert_eq!(events.connection_timeout, Duration::from_millis(500));
    assert_eq!((events.max_retries, events.retry_delay.as_secs()), (0, 3));
    assert_eq!(events.format, EventFormat::SystemEvent);
    assert_eq!(events.routing_key_started, "a");
    assert_eq!(events.routing_key_healthy, "b");
    assert_eq!(events.routing_key_stopped, "c");
    assert!(config.warnings.is_empty());
    assert!(!format!("{config:?}").contains("p@ss"));
}

#[test]
fn a_broker_that_is_configured_by_half_is_a_warning_that_names_what_is_missing() {
    let host = ("CRBR_RABBITMQ_HOSTNAME", "broker.example");
    let user = ("CRBR_RABBITMQ_USERNAME", "cerebro");
    let password = ("CRBR_RABBITMQ_PASSWORD", "secret");
    assert_eq!(
        load(&[host, user]).unwrap().warnings,
        [
            "No events are published: CRBR_RABBITMQ_HOSTNAME and CRBR_RABBITMQ_USERNAME without CRBR_RABBITMQ_PASSWORD"
        ]
    );
    assert_eq!(
        load(&[password]).unwrap().warnings,
        [
            "No events are published: CRBR_RABBITMQ_PASSWORD without CRBR_RABBITMQ_HOSTNAME and CRBR_RABBITMQ_USERNAME"
        ]
    );
    assert!(load(&[host, user, password]).unwrap().warnings.is_empty());
    let off = ("CRBR_ENABLE_EVENTS", "false");
    assert!(load(&[host, off]).unwrap().warnings.is_empty());
}

#[test]
fn every_variable_is_read_into_its_field() {
    let config = load(&[
        ("CRBR_DEPLOYMENT_ID", "blue"),
        ("CRBR_FUNCTIONS_HOST", "::1"),
        ("CRBR_FUNCTIONS_PORT", " 81 "),
        ("CRBR_FUNCTIONS_TIMEOUT", "0.5"),
        ("CRBR_FUNCTIONS_MAX_TIMEOUT", "1e1"),
        ("CRBR_FUNCTIONS_LOG_LEVEL", "warn"),
        ("CRBR_UVICORN_LOG_LEVEL", "critical"),
        ("CRBR_FUNCTIONS_LOG_FORMAT", "Bunyan"),
        ("CRBR_FUNCTIONS_MAX_BODY_BYTES", "1"),
        ("CRBR_FUNCTIONS_MAX_HEADER_BYTES", "8192"),
        ("CRBR_FUNCTIONS_HEADER_TIMEOUT", "1"),
        ("CRBR_FUNCTIONS_BODY_TIMEOUT", "2"),
        ("CRBR_FUNCTIONS_MAX_CONNECTIONS", "3"),
        ("CRBR_FUNCTIONS_MAX_CONCURRENCY", "4"),
        ("CRBR_FUNCTIONS_MAX_QUEUE", "0"),
        ("CRBR_FUNCTIONS_SHUTDOWN_DELAY", "1.5"),
        ("CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT", "0"),
        ("CRBR_FUNCTIONS_WORKERS", "2"),
        ("CRBR_FUNCTIONS_CORS_ORIGINS", "*"),
        ("CRBR_FUNCTIONS_DOCS", "Off"),
        ("CRBR_FUNCTIONS_DESCRIBE", "1"),
        ("CRBR_FUNCTIONS_HELP", "YES"),
    ])
    .unwrap();
    assert_eq!(config.deployment_id, "blue");
    assert_eq!((config.host.as_str(), config.port), ("::1", 81));
    assert_eq!(config.timeout, Duration::from_millis(500));
    assert_eq!(config.max_timeout, Duration::from_secs(10));
    assert_eq!(config.log_level, LogLevel::Warning);
    assert_eq!(config.http_log_level, LogLevel::Error);
    assert_eq!(config.log_format, Some(LogFormat::Bunyan));
    assert_eq!((config.max_body_bytes, config.max_header_bytes), (1, 8192));
    assert_eq!(config.header_timeout, Duration::from_secs(1));
    assert_eq!(config.body_timeout, Duration::from_secs(2));
    assert_eq!((config.max_connections, config.max_concurrency), (3, 4));
    assert_eq!(config.max_queue, 0);
    assert_eq!(config.shutdown_delay, Duration::from_millis(1500));
    assert_eq!(config.shutdown_timeout, Duration::ZERO);
    assert_eq!(config.workers, Some(2));
    assert_eq!(config.cors_origins, Some(CorsOrigins::Any));
    assert!(!config.docs && config.describe && config.help);
}

#[test]
fn a_value_that_cannot_be_understood_is_told_in_one_line() {
    assert_eq!(
        refused(&[("CRBR_FUNCTIONS_PORT", "abc")]),
        "CRBR_FUNCTIONS_PORT is 'abc'; allowed: a whole number from 0 to 65535"
    );
    let long = format!("a\nb\u{1b}{}", "x".repeat(200));
    let line = refused(&[("CRBR_FUNCTIONS_DOCS", &long)]);
    assert_eq!(line.lines().count(), 1);
    assert!(line.starts_with("CRBR_FUNCTIONS_DOCS is 'a\\nb\\u{1b}xxx"));
    assert!(line.contains("x…'; allowed: true, false,"));
}

#[test]
fn each_variable_refuses_what_its_table_does_not_allow() {
    for (variable, value) in [
        ("CRBR_FUNCTIONS_HOST", "not a host"),
        ("CRBR_FUNCTIONS_HOST", "[::1]"),
        ("CRBR_FUNCTIONS_PORT", "65536"),
        ("CRBR_FUNCTIONS_PORT", "-1"),
        ("CRBR_FUNCTIONS_TIMEOUT", "0"),
        ("CRBR_FUNCTIONS_TIMEOUT", "-1"),
        ("CRBR_FUNCTIONS_TIMEOUT", "NaN"),
        ("CRBR_FUNCTIONS_TIMEOUT", "inf"),
        ("CRBR_FUNCTIONS_TIMEOUT", "30s"),
        ("CRBR_FUNCTIONS_MAX_TIMEOUT", "31536001"),
        ("CRBR_FUNCTIONS_LOG_LEVEL", "loud"),
        ("CRBR_UVICORN_LOG_LEVEL", "notset"),
        ("CRBR_FUNCTIONS_LOG_FORMAT", "xml"),
        ("CRBR_FUNCTIONS_MAX_BODY_BYTES", "0"),
        ("CRBR_FUNCTIONS_MAX_BODY_BYTES", "1.5"),
        ("CRBR_FUNCTIONS_MAX_HEADER_BYTES", "8191"),
        ("CRBR_FUNCTIONS_HEADER_TIMEOUT", "0"),
        ("CRBR_FUNCTIONS_BODY_TIMEOUT", "0"),
        ("CRBR_FUNCTIONS_MAX_CONNECTIONS", "0"),
        ("CRBR_FUNCTIONS_MAX_CONCURRENCY", "0"),
        ("CRBR_FUNCTIONS_MAX_QUEUE", "4294967296"),
        ("CRBR_FUNCTIONS_SHUTDOWN_DELAY", "-1"),
        ("CRBR_FUNCTIONS_SHUTDOWN_TIMEOUT", "-0.1"),
        ("CRBR_FUNCTIONS_WORKERS", "0"),
        ("CRBR_FUNCTIONS_CORS_ORIGINS", "example.com"),
        ("CRBR_FUNCTIONS_CORS_ORIGINS", "https://a.example,*"),
        ("CRBR_RABBITMQ_HOSTNAME", "amqp://broker.example"),
        ("CRBR_RABBITMQ_PORT", "0"),
        ("CRBR_FUNCTIONS_RABBITMQ_TLS", "amqps"),
        ("CRBR_FUNCTIONS_RABBITMQ_HEARTBEAT", "0"),
        ("CRBR_FUNCTIONS_RABBITMQ_HEARTBEAT", "0.5"),
        ("CRBR_ENABLE_EVENTS", "perhaps"),
        ("CRBR_HEALTH_CHECK_INTERVAL", "0.9"),
        ("CRBR_HEALTH_CHECK_INTERVAL", "3601"),
        ("CRBR_CONNECTION_TIMEOUT", "0"),
        ("CRBR_MAX_RETRIES", "-1"),
        ("CRBR_RETRY_DELAY", "0"),
        ("CRBR_RETRY_DELAY", "3600.1"),
        ("CRBR_EVENT_FORMAT", "xml"),
        ("CRBR_FUNCTIONS_DESCRIBE", "maybe"),
        ("CRBR_FUNCTIONS_HELP", "2"),
    ] {
        let line = refused(&[(variable, value)]);
        let start = format!("{variable} is '{value}'; allowed: ");
        assert!(line.starts_with(&start), "{line}");
        assert!(line.len() > start.len(), "{line} says nothing");
    }
}

#[test]
fn a_name_that_amqp_cannot_carry_is_refused() {
    for variable in [
        "CRBR_RABBITMQ_VHOST",
        "CRBR_RABBITMQ_EXCHANGE",
        "CRBR_ROUTING_KEY_DEPLOYMENT_STARTED",
        "CRBR_ROUTING_KEY_DEPLOYMENT_HEALTHY",
        "CRBR_ROUTING_KEY_DEPLOYMENT_STOPPED",
    ] {
        assert!(load(&[(variable, &"x".repeat(255))]).is_ok());
        let line = refused(&[(variable, &"ü".repeat(128))]);
        assert!(
            line.ends_with("allowed: text of at most 255 bytes"),
            "{line}"
        );
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let lines = refused(&[
        ("CRBR_FUNCTIONS_WORKERS", "many"),
        ("CRBR_FUNCTIONS_PORT", "abc"),
        ("CRBR_FUNCTIONS_TIMEOUT", "soon"),
    ]);
    let names: Vec<_> = lines
        .lines()
        .map(|l| l.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "CRBR_FUNCTIONS_PORT",
            "CRBR_FUNCTIONS_TIMEOUT",
            "CRBR_FUNCTIONS_WORKERS"
        ]
    );
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_refused_by_name() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = OsString::from_vec(vec![0xff]);
    let environment = [("CRBR_FUNCTIONS_HOST".into(), value)];
    let error = Config::from_sources(Layer::default(), environment, None).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("CRBR_FUNCTIONS_HOST is not valid UTF-8; allowed: ")
    );
}

#[test]
fn the_environment_wins_over_dotenv_over_code_over_the_default() {
    let code = Layer {
        port: Some(1),
        host: Some("code.example".to_owned()),
        timeout: Some(Duration::from_secs(1)),
        ..Layer::default()
    };
    let dotenv = "CRBR_FUNCTIONS_PORT=2\nexport CRBR_FUNCTIONS_HOST='dotenv.example' # mine\n";
    let environment = pairs(&[("CRBR_FUNCTIONS_PORT", "3")]);
    let config = Config::from_sources(code, environment, Some(dotenv)).unwrap();
    assert_eq!(config.port, 3);
    assert_eq!(config.host, "dotenv.example");
    assert_eq!(config.timeout, Duration::from_secs(1));
    assert_eq!(config.max_timeout, Duration::from_secs(300));
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let dotenv = Some("CRBR_FUNCTIONS_PORT=2");
    let environment = pairs(&[("CRBR_FUNCTIONS_PORT", ""), ("CRBR_FUNCTIONS_TIMEOUT", "")]);
    let config = Config::from_sources(Layer::default(), environment, dotenv).unwrap();
    assert_eq!((config.port, config.timeout.as_secs()), (2, 30));
}

#[test]
fn the_port_is_looked_for_under_its_own_name_before_port() {
    let own = ("CRBR_FUNCTIONS_PORT", "1");
    let knative = ("PORT", "2");
    assert_eq!(load(&[own, knative]).unwrap().port, 1);
    assert_eq!(load(&[knative]).unwrap().port, 2);
    assert!(refused(&[("PORT", "tcp")]).starts_with("PORT is 'tcp'; allowed: "));
    assert_eq!(load(&[own, ("PORT", "tcp")]).unwrap().port, 1);
}

#[test]
fn where_knative_runs_it_callers_are_let_in_for_a_while_unless_somebody_says_otherwise() {
    let knative = ("K_SERVICE", "my-functions");
    let delay = |set: &[(&str, &str)]| load(set).unwrap().shutdown_delay;
    assert_eq!(delay(&[knative]), Duration::from_secs(3));
    assert_eq!(delay(&[("K_SERVICE", "")]), Duration::ZERO);
    let own = ("CRBR_FUNCTIONS_SHUTDOWN_DELAY", "0");
    assert_eq!(delay(&[knative, own]), Duration::ZERO);
}

#[test]
fn bounds_hold_for_what_is_set_in_code_too() {
    let code = Layer {
        timeout: Some(Duration::ZERO),
        max_header_bytes: Some(1),
        rabbitmq: RabbitMqLayer {
            port: Some(0),
            ..RabbitMqLayer::default()
        },
        ..Layer::default()
    };
    let error = Config::from_sources(code, [], None).unwrap_err();
    assert_eq!(error.faults().len(), 3);
    let text = error.to_string();
    assert!(text.starts_with("timeout is set to 0ns in code; allowed: seconds above 0"));
    assert!(text.contains("\nmax_header_bytes is set to 1 in code; allowed: a whole number"));
    assert!(text.contains("\nrabbitmq.port is set to 0 in code; allowed: a whole number from 1"));
}

#[test]
fn a_mistyped_variable_is_a_warning_that_names_what_was_meant() {
    let dotenv = Some("CRBR_FUNCTIONS_TIMEOT=5");
    let environment = pairs(&[
        ("CRBR_FUNCTIONS_COLOUR", "blue"),
        ("CRBR_RABBITMQ_HOSTNAM", "broker.example"),
        ("OTHER", "x"),
    ]);
    let config = Config::from_sources(Layer::default(), environment, dotenv).unwrap();
    assert_eq!(
        config.warnings,
        [
            "CRBR_FUNCTIONS_COLOUR is not a known variable; CRBR_FUNCTIONS_HELP=1 lists all",
            "CRBR_FUNCTIONS_TIMEOT is not a known variable; did you mean CRBR_FUNCTIONS_TIMEOUT?",
            "CRBR_RABBITMQ_HOSTNAM is not a known variable; did you mean CRBR_RABBITMQ_HOSTNAME?",
        ]
    );
}

#[test]
fn a_broken_line_of_dotenv_is_told_by_its_number_and_not_by_its_text() {
    let line_of = |text: &str| {
        let error = dotenv::parse(text).unwrap_err();
        let told = error.to_string();
        assert!(told.starts_with(".env, line "), "{told}");
        assert!(!told.contains("secret"), "{told}");
        match error.faults() {
            [Fault::DotenvLine { line, .. }] => *line,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(line_of("secret"), 1);
    assert_eq!(line_of("A=1\n\n# b\nsecret # c\nB=2"), 4);
    assert_eq!(line_of("A='1\n2'\r\nB='secret\nC=3\n"), 3);
    assert_eq!(line_of("A='1\n2'\r\nB='secret\nC=3"), 3);
    let long = format!("A={}\nsecret", "x".repeat(50_000));
    assert_eq!(line_of(&long), 2);
}

#[test]
fn dotenv_may_begin_with_a_byte_order_mark() {
    let parsed = dotenv::parse("\u{feff}A=1\nB=\"2\n3\"").unwrap();
    assert_eq!(
        parsed,
        [("A", "1"), ("B", "2\n3")].map(|(a, b)| (a.into(), b.into()))
    );
}

#[test]
fn a_dotenv_that_is_there_and_cannot_be_read_stops_the_start() {
    let folder = std::env::temp_dir();
    let told = dotenv::read(&folder).unwrap_err().to_string();
    assert!(told.starts_with(&folder.display().to_string()), "{told}");
    assert!(told.contains(" cannot be read: "), "{told}");

    let file = folder.join(format!("functions-core-dotenv-{}", std::process::id()));
    assert_eq!(dotenv::read(&file).unwrap(), None);
    std::fs::write(&file, b"A=1\nB=\xff\n").unwrap();
    let told = dotenv::read(&file).unwrap_err().to_string();
    std::fs::remove_file(&file).unwrap();
    assert!(told.contains("line 2 is not valid UTF-8"), "{told}");
}

proptest! {
    #[test]
    fn whatever_is_in_dotenv_nothing_panics(text in any::<String>().prop_map(|t| t.replace('|', "\n"))) {
        let _ = dotenv::parse(&text);
    }

    #[test]
    fn whatever_is_in_a_variable_nothing_panics(index in 0..40_usize, value in any::<String>()) {
        let variable = rows::of::<Config>()[index].variable;
        if let Err(error) = load(&[(variable, &value)]) {
            assert_eq!(error.to_string().lines().count(), 1);
        }
    }
}

#[test]
fn origins_are_read_as_browsers_send_them() {
    let read = |text: &str| text.parse::<CorsOrigins>();
    let Ok(CorsOrigins::Only(origins)) =
        read("https://Example.com:443, http://localhost:3000 ,http://[::1]:8080,app://x")
    else {
        panic!("not read");
    };
    let origins: Vec<_> = origins.iter().map(super::Origin::as_str).collect();
    assert_eq!(
        origins,
        [
            "https://example.com",
            "http://localhost:3000",
            "http://[::1]:8080",
            "app://x"
        ]
    );
    for wrong in [
        "https://example.com/",
        "https://example.com/path",
        "https://user@example.com",
        "https://",
        "https://a:b",
        "https://a:+1",
        "https://a:",
        "https://[::1",
        "://a",
        "a b://c",
        "null",
        "https://a,,https://b",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_variable_has_all_its_words() {
    let rows = rows::of::<Config>();
    assert_eq!(rows.len(), 41);
    for row in rows {
        assert!(!row.meaning.is_empty(), "{row:?}");
        assert!(!row.allowed.is_empty(), "{row:?}");
        assert!(!row.default.is_empty(), "{row:?}");
    }
}

#[test]
fn the_help_lists_every_variable_in_aligned_columns() {
    let help = super::help();
    for row in rows::of::<Config>() {
        let is_first = |line: &&str| line.split("  ").next() == Some(row.variable);
        assert_eq!(help.lines().filter(is_first).count(), 1, "{}", row.variable);
    }
    let port = help.lines().find(|l| l.starts_with("CRBR_FUNCTIONS_PORT "));
    let port = port.unwrap();
    assert!(port.contains("  PORT, else 8000  "), "{port}");
    let column = port.find("Port to listen on").unwrap();
    let starts: Vec<_> = help.lines().map(|l| l.as_bytes()[column - 1]).collect();
    assert!(starts.iter().all(|byte| *byte == b' '), "{help}");
    let is_one_word = |line: &str| line.split_whitespace().count() == 1;
    for line in help.lines() {
        assert!(line.chars().count() <= 110 || is_one_word(line), "{line}");
    }
}

#[test]
fn the_table_is_markdown() {
    let table = super::markdown(Part::Server);
    let first: Vec<_> = table.lines().take(3).collect();
    assert_eq!(
        first,
        [
            "| variable | default | meaning | allowed |",
            "| --- | --- | --- | --- |",
            "| `CRBR_DEPLOYMENT_ID` | `local-dev` | Identifier of the deployment, in answers and in every log line. | any text |",
        ]
    );
    let events = super::markdown(Part::Events);
    let rows = rows::of::<Config>().len();
    let heads = 2 * 2;
    assert_eq!(table.lines().count() + events.lines().count(), rows + heads);
    let lines = table.lines().chain(events.lines());
    for line in lines {
        assert_eq!(line.matches(" | ").count(), 3, "{line}");
    }
}

/// A group of variables in a definition of its own, one of them a secret.
#[derive(Debug, confique::Config)]
#[expect(dead_code, reason = "only its layer is looked at")]
struct Grouped {
    #[config(nested)]
    broker: Broker,
}

#[derive(Debug, confique::Config)]
#[expect(dead_code, reason = "only its layer is looked at")]
struct Broker {
    /// Where it is.
    #[config(env = "BROKER_PORT", default = 5672)]
    port: u16,
    /// What it asks for.
    ///
    /// Secret.
    ///
    /// Allowed: a number with a | in it.
    #[config(env = "BROKER_PASSWORD")]
    password: Option<u64>,
}

#[test]
fn a_group_of_variables_is_a_struct_of_its_own() {
    let environment = pairs(&[("BROKER_PORT", "1"), ("BROKER_PASSWORD", "2")]);
    let read = environment::read::<Grouped>(environment, Vec::new());
    assert_eq!(read.layer.broker.port, Some(1));
    assert_eq!(read.layer.broker.password, Some(2));
    assert!(read.faults.is_empty());
    let empty = environment::read::<Grouped>([], Vec::new());
    assert!(empty.layer.is_empty());
}

#[test]
fn a_secret_is_in_no_message() {
    let environment = pairs(&[("BROKER_PASSWORD", "hunter2")]);
    let read = environment::read::<Grouped>(environment, Vec::new());
    assert_eq!(
        ConfigError::new(read.faults).to_string(),
        "BROKER_PASSWORD is set to a secret that cannot be used; \
         allowed: a number with a | in it"
    );
}

#[test]
fn what_a_cell_holds_does_not_break_the_table() {
    let rows: Vec<Row> = rows::of::<Grouped>();
    let table = table::markdown(&rows);
    let password = table.lines().last().unwrap();
    assert_eq!(
        password,
        r"| `BROKER_PASSWORD` | – | What it asks for. | a number with a \| in it |"
    );
}
