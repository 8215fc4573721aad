//! Requests, as somebody writes them who has read the contract.

use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::contract;

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) tenant_id: String,
    pub(crate) asset_id: String,
    pub(crate) asset_uri: String,
    pub(crate) wasm_module_id: String,
    /// What its message says besides.
    pub(crate) properties: Vec<(&'static str, String)>,
    pub(crate) key: Option<String>,
}

impl Request {
    /// That a module is run on `{"n": "…"}`.
    pub(crate) fn new(tenant: &str, module: &str, n: usize) -> Self {
        let input = json!({"n": n.to_string()}).to_string();
        Self {
            tenant_id: tenant.to_owned(),
            asset_id: n.to_string(),
            asset_uri: format!("data:;base64,{}", BASE64_STANDARD.encode(input)),
            wasm_module_id: module.to_owned(),
            properties: Vec::new(),
            key: None,
        }
    }

    /// Known by an id that its sender has given it, and not by that of its message.
    pub(crate) fn known_as(mut self, id: &str) -> Self {
        self.properties.push(("request_id", id.to_owned()));
        self
    }

    pub(crate) fn of(mut self, asset_uri: String) -> Self {
        self.asset_uri = asset_uri;
        self
    }

    pub(crate) fn avro(&self) -> Vec<u8> {
        let schema = Schema::parse_str(contract::REQUEST).unwrap();
        let text = |name: &str, text: &str| (name.to_owned(), Avro::String(text.to_owned()));
        let record = Avro::Record(vec![
            text("tenant_id", &self.tenant_id),
            text("asset_id", &self.asset_id),
            text("asset_uri", &self.asset_uri),
            text("wasm_module_id", &self.wasm_module_id),
            ("event_timestamp".to_owned(), Avro::Long(1_700_000_000_123)),
        ]);
        let writer = GenericDatumWriter::builder(&schema).build().unwrap();
        writer.write_value_to_vec(record).unwrap()
    }

    pub(crate) fn json(&self) -> String {
        let record = json!({
            "tenant_id": self.tenant_id,
            "asset_id": self.asset_id,
            "asset_uri": self.asset_uri,
            "wasm_module_id": self.wasm_module_id,
            "event_timestamp": 1_700_000_000_123_i64,
        });
        record.to_string()
    }
}
