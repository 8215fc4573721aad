use std::collections::BTreeSet;

use super::*;

fn standing(backlog: u64, in_flight: u64, dead: u64) -> Standing {
    Standing {
        backlog,
        in_flight,
        dead,
    }
}

fn lines(text: &str) -> BTreeSet<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn what_has_happened_is_told_by_what_began_it_and_how_it_ended() {
    let metrics = Metrics::default();
    let spent = Spent {
        duration: Duration::from_millis(20),
        cpu_time: Duration::from_millis(10),
    };
    metrics.ended(Trigger::Event, None, Some(spent));
    metrics.ended(Trigger::Event, None, Some(spent));
    metrics.ended(Trigger::Invoke, Some("cpu-time"), Some(spent));
    metrics.ended(Trigger::Embedded, Some("\"} 1\nhostile"), None);
    metrics.put_back();
    let text = metrics.write(&Snapshot::default());
    let lines = lines(&text);
    for line in [
        r#"functions_host_executions_total{trigger="event",outcome="succeeded"} 2"#,
        r#"functions_host_executions_total{trigger="invoke",outcome="cpu-time"} 1"#,
        r#"functions_host_executions_total{trigger="embedded",outcome="other"} 1"#,
        r#"functions_host_execution_duration_seconds_bucket{trigger="event",le="0.01"} 0"#,
        r#"functions_host_execution_duration_seconds_bucket{trigger="event",le="0.05"} 2"#,
        r#"functions_host_execution_duration_seconds_count{trigger="event"} 2"#,
        r#"functions_host_execution_cpu_time_seconds_total{trigger="event"} 0.02"#,
        "functions_host_requests_put_back_total 1",
    ] {
        assert!(lines.contains(line), "{line} is not in {text}");
    }
}

#[test]
fn how_things_stand_is_told_with_the_tenants_that_have_most_by_name() {
    let tenant = |name: &str, standing| (name.to_owned(), standing);
    let snapshot = Snapshot {
        ready: true,
        topics: (3, 1),
        tenants: vec![
            tenant("few", standing(1, 1, 2)),
            tenant("many", standing(9, 4, 0)),
            tenant("less", standing(2, 0, 5)),
        ],
        modules: (2, 1000),
        module_loads: [("memory", 7), ("disk", 2), ("compiler", 1)],
        history: (12, true),
        ..Snapshot::default()
    };
    let text = Metrics::default().write(&snapshot.clone().naming(1));
    let told = lines(&text);
    for line in [
        "functions_host_ready 1",
        "functions_host_bus_ready 0",
        r#"functions_host_topics{state="connected"} 3"#,
        r#"functions_host_topics{state="disconnected"} 1"#,
        r#"functions_host_backlog_requests{tenant_id="many"} 9"#,
        r#"functions_host_backlog_requests{tenant_id="*"} 3"#,
        r#"functions_host_in_flight_requests{tenant_id="*"} 1"#,
        r#"functions_host_dead_letters{tenant_id="*"} 7"#,
        "functions_host_modules 2",
        "functions_host_history_uncopied 12",
        "functions_host_history_away 1",
        "functions_host_modules_size_bytes 1000",
        r#"functions_host_module_loads_total{from="disk"} 2"#,
    ] {
        assert!(told.contains(line), "{line} is not in {text}");
    }
    assert!(!text.contains("few") && !text.contains("less"), "{text}");
    let text = Metrics::default().write(&snapshot.naming(3));
    assert!(text.contains("few") && text.contains("less"), "{text}");
    let nobody = r#"functions_host_backlog_requests{tenant_id="*"} 0"#;
    assert!(text.contains(nobody), "{text}");
}
