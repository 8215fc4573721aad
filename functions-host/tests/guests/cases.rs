//! What the modules answer, in whichever form.

/// A call of a module.
pub(crate) struct Case {
    pub(crate) module: &'static str,
    pub(crate) input: &'static str,
    /// None where the module is to fail.
    pub(crate) output: Option<&'static str>,
}

pub(crate) const CASES: &[Case] = &[
    Case {
        module: "hello",
        input: r#"{"name": "Zoë"}"#,
        output: Some(r#"{"greeting":"Hello, Zoë!"}"#),
    },
    Case {
        module: "hello",
        input: "",
        output: None,
    },
    Case {
        module: "asset-linker",
        input: r##"{"asset_id": "pump-7", "drawing": "https://files.example/7.pdf",
            "parts": [{"asset_id": "motor-3"}], "limits": {"$ref": "#/gone"}}"##,
        output: Some(concat!(
            r#"{"asset_id":"pump-7","total":3,"counts":{"address":1,"asset":1,"place":1},"#,
            r##""assets":["motor-3"],"broken":["#/gone"],"links":["##,
            r#"{"kind":"address","target":"https://files.example/7.pdf","at":"/drawing"},"#,
            r##"{"kind":"place","target":"#/gone","at":"/limits/$ref"},"##,
            r#"{"kind":"asset","target":"motor-3","at":"/parts/0/asset_id"}]}"#,
        )),
    },
    Case {
        module: "asset-linker",
        input: "{",
        output: None,
    },
    Case {
        module: "log-analyser",
        input: "2026-01-02T03:04:05Z INFO 3 orders\n2026-01-02T03:04:06Z ERROR none\n",
        output: Some(concat!(
            r#"{"lines":2,"levels":{"info":1,"error":1},"without_level":0,"error_rate":0.5,"#,
            r#""from":"2026-01-02T03:04:05Z","to":"2026-01-02T03:04:06Z","seconds":1.0,"#,
            r##""messages":[{"count":1,"message":"# orders"},{"count":1,"message":"none"}]}"##,
        )),
    },
    Case {
        module: "log-analyser",
        input: "",
        output: Some(concat!(
            r#"{"lines":0,"levels":{},"without_level":0,"error_rate":0.0,"#,
            r#""from":null,"to":null,"seconds":null,"messages":[]}"#,
        )),
    },
];
