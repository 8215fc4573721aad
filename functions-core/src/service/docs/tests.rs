use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode};
use tower::Service as _;

const DOCUMENT: &str = r#"{"openapi":"3.1.0"}"#;

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(routes: &Router, request: http::request::Builder) -> Answer {
    let request = request.body(Body::empty()).unwrap();
    let response = routes.clone().call(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn get(routes: &Router, path: &str) -> Answer {
    ask(routes, Request::get(path)).await
}

fn routes() -> Router {
    super::routes("Title", || DOCUMENT.into())
}

#[tokio::test]
async fn the_document_is_served_as_it_was_given() {
    let answer = get(&routes(), "/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.body, DOCUMENT);
}

#[tokio::test]
async fn the_document_is_made_once_and_not_before_it_is_asked_for() {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let routes = super::routes("", move || {
        count.fetch_add(1, Ordering::Relaxed);
        DOCUMENT.into()
    });
    assert_eq!(made.load(Ordering::Relaxed), 0);
    for _ in 0..3 {
        get(&routes, "/openapi.json").await;
    }
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_document_that_cannot_be_made_is_tried_again() {
    let tries = AtomicUsize::new(0);
    let routes = super::routes("", move || {
        assert!(tries.fetch_add(1, Ordering::Relaxed) > 0, "broken schema");
        DOCUMENT.into()
    });
    let answer = get(&routes, "/openapi.json").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.starts_with(r#"{"detail":""#), "{}", answer.body);
    assert_eq!(get(&routes, "/openapi.json").await.body, DOCUMENT);
}

#[tokio::test]
async fn who_has_the_document_is_not_sent_it_again() {
    let routes = routes();
    let etag = get(&routes, "/openapi.json")
        .await
        .header("etag")
        .to_owned();
    let known = [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"other\", {etag}"),
        "*".to_owned(),
    ];
    for known in known {
        let request = Request::get("/openapi.json").header("if-none-match", &known);
        let answer = ask(&routes, request).await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(answer.body, "");
        assert_eq!(answer.header("etag"), etag);
    }
    let request = Request::get("/openapi.json").header("if-none-match", "\"other\"");
    assert_eq!(ask(&routes, request).await.body, DOCUMENT);

    let changed = super::routes("", || b"{}".to_vec());
    let answer = get(&changed, "/openapi.json").await;
    assert_ne!(answer.header("etag"), etag);
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    let request = Request::builder().method(Method::HEAD).uri("/openapi.json");
    let answer = ask(&routes(), request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-length"), DOCUMENT.len().to_string());
    assert_eq!(answer.body, "");
}

#[tokio::test]
async fn the_entrance_is_there() {
    let answer = get(&routes(), &format!("/{}", super::ENTRANCE)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[cfg(not(feature = "docs"))]
#[tokio::test]
async fn without_the_feature_there_is_no_page() {
    let answer = get(&routes(), "/docs").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[cfg(feature = "docs")]
mod page {
    use super::*;

    /// Everything that the page links to, as it is written there.
    fn links(html: &str) -> Vec<&str> {
        let after = |attribute| html.split(attribute).skip(1);
        after("href=\"")
            .chain(after("src=\""))
            .map(|rest| rest.split_once('"').unwrap().0)
            .collect()
    }

    #[tokio::test]
    async fn all_that_the_page_links_to_is_there_behind_any_prefix() {
        let routes = Router::new().nest("/a/b", routes());
        let page = get(&routes, "/a/b/docs").await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let links = links(&page.body);
        assert_eq!(links.len(), 5);
        for link in links {
            if link == "data:," {
                continue;
            }
            let answer = get(&routes, &format!("/a/b/{link}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{link}");
            assert!(answer.headers.contains_key("etag"), "{link}");
        }
    }

    #[tokio::test]
    async fn a_slash_too_many_leads_to_the_page() {
        let answer = get(&Router::new().nest("/a", routes()), "/a/docs/").await;
        assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(answer.header("location"), "../docs");
    }

    #[tokio::test]
    async fn swagger_ui_is_served_from_the_binary() {
        let routes = routes();
        let script = get(&routes, "/docs/swagger-ui.js").await;
        assert_eq!(
            script.header("content-type"),
            "text/javascript; charset=utf-8"
        );
        assert!(script.body.contains("SwaggerUIBundle"));
        let style = get(&routes, "/docs/swagger-ui.css").await;
        assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
        assert!(style.body.contains(".swagger-ui"));
    }

    #[tokio::test]
    async fn nothing_else_of_swagger_ui_is_served() {
        let routes = routes();
        for file in ["swagger-ui-bundle.js.map", "oauth2-redirect.html"] {
            let answer = get(&routes, &format!("/docs/{file}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{file}");
        }
    }

    #[tokio::test]
    async fn a_title_is_text_and_nothing_else() {
        let routes = super::super::routes("</title><script>a&b</script>", Vec::new);
        let page = get(&routes, "/docs").await;
        let title = "<title>&lt;/title&gt;&lt;script&gt;a&amp;b&lt;/script&gt;</title>";
        assert!(page.body.contains(title), "{}", page.body);
    }

    #[tokio::test]
    async fn the_page_may_load_nothing_from_elsewhere() {
        let page = get(&routes(), "/docs").await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "));
        assert!(policy.contains("script-src 'self'; "));
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(!page.body.contains("<script>"));
        assert!(!page.body.contains("://"));
    }
}
