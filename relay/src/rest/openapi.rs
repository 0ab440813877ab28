//! `/openapi.json`: the description of every call, for programs that make clients, tests or pages from it.
//!
//! Paths, parameters and answers come from the handlers (`#[utoipa::path]`). What is the same for all of them is added here:
//! the errors that any call of a kind can give, always as problem+json, and who may call.

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, header};
use axum::routing::{MethodRouter, get};
use serde_json::json;
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::problem::Document;
use crate::AppState;

const PROBLEM: &str = "application/problem+json";
/// Name of the operator's scheme. Marked on an operation, it is what tells steering from the rest.
const OPERATOR: &str = "operator";
const READER: &str = "reader";

/// Calls that need no token even where reading does.
const OPEN: [&str; 2] = ["/health", "/ws"];
/// Answers without an `ETag`: they are sent while they are made.
const STREAMS: [&str; 2] = ["/events", "/chain/export"];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tabchain relay",
        description = "What the relay's own node knows of the chain, who is connected, and for the host: steering. Errors are \
            problem+json (RFC 9457). Amounts are in coins, as text in answers, as text or numbers in questions. Long answers \
            come in parts: `next` in the answer, and a header `Link` with rel=\"next\". Answers have an `ETag`; with \
            `If-None-Match` an unchanged one is a 304.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "chain", description = "Blocks, headers, transactions and accounts"),
        (name = "network", description = "Nodes, links, and how this relay does"),
        (name = "operator", description = "What the host may order, with its token"),
    ),
    components(schemas(Document))
)]
struct Base;

/// Adds to what the handlers say what holds for all of them. Where anyone may read, the page for trying calls shows no locks on
/// them.
pub fn complete(calls: utoipa::openapi::OpenApi, reading_needs_token: bool) -> utoipa::openapi::OpenApi {
    let mut description = Base::openapi();
    description.merge(calls);
    let components = description.components.get_or_insert_with(Components::new);
    for (name, words) in [
        (OPERATOR, "The token in the operator's link, which the relay prints when it starts"),
        (READER, "The read token, where the host has set one; the operator's token does as well"),
    ] {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words)).build();
        components.add_security_scheme(name, SecurityScheme::Http(bearer));
    }
    for (name, path) in &mut description.paths.paths {
        let operations = [
            (Method::GET, &mut path.get),
            (Method::POST, &mut path.post),
            (Method::PUT, &mut path.put),
            (Method::DELETE, &mut path.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                add_errors(name, &method, operation, reading_needs_token);
            }
        }
    }
    description
}

fn add_errors(path: &str, method: &Method, operation: &mut Operation, reading_needs_token: bool) {
    let steers = operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == OPERATOR));
    let reads = *method == Method::GET && !OPEN.contains(&path);
    if steers {
        operation.security = Some(vec![SecurityRequirement::new::<_, _, &str>(OPERATOR, [])]);
    } else if reads && reading_needs_token {
        operation.security = Some(vec![SecurityRequirement::new::<_, _, &str>(READER, [])]);
    }
    let takes_values = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let has_body = operation.request_body.is_some();
    let mut errors = vec![("429", "Too many requests from this address"), ("503", "The relay is busy or stopping")];
    if takes_values || has_body {
        errors.push(("400", "The question makes no sense; the detail says why"));
    }
    if has_body {
        errors.extend([
            ("408", "The body did not arrive in time"),
            ("413", "The body is too large"),
            ("415", "The body is of another content type"),
        ]);
    }
    if steers {
        errors
            .extend([("401", "No operator token, or a wrong one"), ("403", "A read token, or a page of another site")]);
    } else if reads {
        errors.push(("401", "The host has set a read token, and this was sent without it"));
        if !STREAMS.contains(&path) {
            let unchanged = Response::new("Unchanged since the answer that If-None-Match names");
            operation.responses.responses.insert("304".into(), RefOr::T(unchanged));
        }
    } else if *method != Method::GET {
        errors.push(("403", "A page of another site"));
    }
    errors.push(("401", "A token in the address"));
    for (status, words) in errors {
        let responses = &mut operation.responses.responses;
        responses.entry(status.into()).or_insert_with(|| RefOr::T(Response::new(words)));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
            && response.content.is_empty()
        {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            *response = ResponseBuilder::new().description(&response.description).content(PROBLEM, content).build();
        }
    }
}

/// The document as it is served: fixed for the life of the process.
pub fn route(description: &utoipa::openapi::OpenApi) -> MethodRouter<AppState> {
    let document = Bytes::from(json!(description).to_string());
    get(async move || ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document))
}
