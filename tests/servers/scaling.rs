//! What scales hosts in a cluster. No test has a cluster that scales, so what has to agree
//! is looked at.

use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

const README: &str = include_str!("../../functions-host/README.md");

fn read(name: &str) -> Yaml {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/host/scaling");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let mut documents = YamlLoader::load_from_str(&text).unwrap();
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

fn text(yaml: &Yaml) -> &str {
    yaml.as_str().unwrap_or_else(|| panic!("it is {yaml:?}"))
}

/// Every metric that a query names is one that hosts have.
fn is_told(query: &str) {
    let names = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let mut ours = names
        .filter(|name| name.starts_with("functions_host_"))
        .peekable();
    assert!(ours.peek().is_some(), "{query}");
    for name in ours {
        let row = format!("| `{name}{{tenant_id}}` | gauge |");
        assert!(README.contains(&row), "{row}");
    }
}

/// Both scale the same, within the same bounds, slowly down.
fn bounds(target: &Yaml, [least, most]: [&Yaml; 2], down: &Yaml) {
    assert_eq!(text(&target["name"]), "functions-host");
    let (least, most) = (least.as_i64().unwrap(), most.as_i64().unwrap());
    assert!(1 <= least && least < most);
    let window = down["stabilizationWindowSeconds"].as_i64().unwrap();
    assert!(window >= 60);
}

#[test]
fn keda_asks_for_the_subscription_and_the_topic_that_hosts_have() {
    let object = read("keda.yaml");
    assert_eq!(text(&object["apiVersion"]), "keda.sh/v1alpha1");
    assert_eq!(text(&object["kind"]), "ScaledObject");
    let spec = &object["spec"];
    let down = &spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"];
    let replicas = [&spec["minReplicaCount"], &spec["maxReplicaCount"]];
    bounds(&spec["scaleTargetRef"], replicas, down);
    let triggers = spec["triggers"].as_vec().unwrap();
    let of = |kind| {
        let mut triggers = triggers.iter().filter(|it| text(&it["type"]) == kind);
        let trigger = triggers.next().unwrap();
        assert!(triggers.next().is_none(), "{kind}");
        // All that a trigger is told is text.
        let metadata = trigger["metadata"].as_hash().unwrap();
        metadata.values().for_each(|value| _ = text(value));
        &trigger["metadata"]
    };
    let pulsar = of("pulsar");
    let subscription = text(&pulsar["subscription"]);
    let default = format!("| `FUNCTIONS_HOST_PULSAR_SUBSCRIPTION` | `{subscription}` |");
    assert!(README.contains(&default), "{default}");
    let topic = text(&pulsar["topic"]).replace("/acme/", "/<namespace>/");
    assert!(README.contains(&format!("`{topic}`")), "{topic}");
    for number in ["msgBacklogThreshold", "activationMsgBacklogThreshold"] {
        text(&pulsar[number]).parse::<u64>().unwrap();
    }
    let prometheus = of("prometheus");
    is_told(text(&prometheus["query"]));
    assert!(README.contains(text(&prometheus["query"])));
}

#[test]
fn the_autoscaler_asks_for_the_metric_that_the_adapter_makes() {
    let scaler = read("hpa.yaml");
    assert_eq!(text(&scaler["apiVersion"]), "autoscaling/v2");
    assert_eq!(text(&scaler["kind"]), "HorizontalPodAutoscaler");
    let spec = &scaler["spec"];
    let replicas = [&spec["minReplicas"], &spec["maxReplicas"]];
    let down = &spec["behavior"]["scaleDown"];
    bounds(&spec["scaleTargetRef"], replicas, down);
    let metric = &spec["metrics"][0];
    assert_eq!(text(&metric["type"]), "External");
    let target = &metric["external"]["target"];
    assert_eq!(text(&target["type"]), "AverageValue");
    text(&target["averageValue"]).parse::<u64>().unwrap();

    let adapter = read("adapter.yaml");
    let rule = &adapter["rules"]["external"][0];
    let name = &metric["external"]["metric"]["name"];
    assert_eq!(text(name), text(&rule["name"]["as"]));
    is_told(text(&rule["seriesQuery"]));
    is_told(text(&rule["metricsQuery"]));
}
