//! A component of the world `wasi:http/proxy`, as `wasmtime serve` runs it.

use wasip2::http::types::{
    Fields, IncomingBody, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::StreamError;

struct Http;

wasip2::http::proxy::export!(Http);

/// What is asked for at once.
const CHUNK: u64 = 64 * 1024;

impl wasip2::exports::http::incoming_handler::Guest for Http {
    fn handle(request: IncomingRequest, answer: ResponseOutparam) {
        let mut bytes = read(&request);
        crate::work(&mut bytes);
        let head = Fields::new();
        let length = bytes.len().to_string().into_bytes();
        head.append("content-length", &length).expect("a header");
        let response = OutgoingResponse::new(head);
        let body = response.body().expect("asked for once");
        ResponseOutparam::set(answer, Ok(response));
        let out = body.write().expect("asked for once");
        out.blocking_write_and_flush(&bytes)
            .expect("a caller who reads");
        drop(out);
        OutgoingBody::finish(body, None).expect("as long as it said");
    }
}

fn read(request: &IncomingRequest) -> Vec<u8> {
    let body = request.consume().expect("asked for once");
    let stream = body.stream().expect("asked for once");
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(CHUNK) {
            Ok(more) => bytes.extend(more),
            Err(StreamError::Closed) => break,
            Err(error) => panic!("the body broke: {error}"),
        }
    }
    drop(stream);
    drop(IncomingBody::finish(body));
    bytes
}
