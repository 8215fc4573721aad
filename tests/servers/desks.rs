//! What people start on their desks. No test runs it, so what can be seen without an engine
//! is looked at.

use std::path::{Path, PathBuf};

use yaml_rust2::{Yaml, YamlLoader};

const DESKS: [&str; 2] = ["rabbitmq-docker", "pulsar-docker"];

struct Desk {
    folder: PathBuf,
    compose: Yaml,
}

fn desk(name: &str) -> Desk {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let compose = std::fs::read_to_string(folder.join("docker-compose.yml")).unwrap();
    let mut documents = YamlLoader::load_from_str(&compose).unwrap();
    assert_eq!(documents.len(), 1);
    let compose = documents.remove(0);
    Desk { folder, compose }
}

/// Each service of each desk, with what it is called.
fn services() -> Vec<(String, PathBuf, Yaml)> {
    let mut services = Vec::new();
    for name in DESKS {
        let Desk { folder, compose } = desk(name);
        for (service, settings) in compose["services"].as_hash().unwrap() {
            let shown = format!("{name}: {}", service.as_str().unwrap());
            services.push((shown, folder.clone(), settings.clone()));
        }
    }
    services
}

fn texts(list: &Yaml) -> Vec<&str> {
    let list = list.as_vec().unwrap();
    list.iter().map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn each_service_is_of_one_version_and_says_whether_it_is_well() {
    for (name, _, service) in services() {
        let image = service["image"].as_str().unwrap();
        let (_, tag) = image.rsplit_once(':').unwrap();
        let is_pinned = tag.starts_with(|first: char| first.is_ascii_digit() || first == 'R');
        assert!(is_pinned && tag.len() > 3, "{name}: {image}");
        let check = texts(&service["healthcheck"]["test"]);
        assert_eq!(check[0], "CMD", "{name}");
    }
}

#[test]
fn no_service_can_be_reached_from_another_machine() {
    for (name, _, service) in services() {
        let ports = texts(&service["ports"]);
        assert!(!ports.is_empty(), "{name}");
        for port in ports {
            assert!(port.starts_with("127.0.0.1:${"), "{name}: {port}");
        }
    }
}

#[test]
fn what_is_mounted_is_a_file_beside_it_or_a_volume() {
    for desk in DESKS.map(desk) {
        let volumes = desk.compose["volumes"].as_hash().unwrap();
        for service in desk.compose["services"].as_hash().unwrap().values() {
            for volume in texts(&service["volumes"]) {
                let (source, _) = volume.split_once(':').unwrap();
                match source.strip_prefix("./") {
                    Some(file) => assert!(desk.folder.join(file).is_file(), "{volume}"),
                    None => assert!(volumes.contains_key(&Yaml::from_str(source)), "{volume}"),
                }
            }
        }
    }
}

#[test]
fn whoever_looks_for_a_topic_is_sent_to_a_port_that_is_published() {
    let compose = desk("pulsar-docker").compose;
    let pulsar = &compose["services"]["pulsar"];
    let setting = |name: &str| {
        let name = format!("PULSAR_PREFIX_{name}");
        pulsar["environment"][name.as_str()].as_str().unwrap()
    };
    let port = "${PULSAR_BROKER_PORT:-6650}";
    let advertised = format!("inside:pulsar://pulsar:6650,desk:pulsar://localhost:{port}");
    assert_eq!(setting("advertisedListeners"), advertised);
    assert_eq!(setting("internalListenerName"), "inside");
    let (_, inside) = setting("bindAddresses").rsplit_once(':').unwrap();
    let published = format!("127.0.0.1:{port}:{inside}");
    assert!(texts(&pulsar["ports"]).contains(&published.as_str()));
}
