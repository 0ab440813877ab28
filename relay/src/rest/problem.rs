//! Errors as RFC 9457 has them: `application/problem+json`.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection, StringRejection};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::Busy;
use crate::resident::Stopped;

/// What went wrong, for a program (status) and for a person (detail).
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    header: Option<(HeaderName, HeaderValue)>,
}

/// What went wrong (RFC 9457)
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// `about:blank`: the status says it all, and the title is its name (RFC 9457, section 4.2.1).
    #[schema(example = "about:blank")]
    r#type: &'static str,
    #[schema(example = "Not Found")]
    title: &'static str,
    #[schema(example = 404)]
    status: u16,
    /// For a person: what to do about it.
    #[schema(example = "this node has no block 4711")]
    detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), header: None }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    #[must_use]
    pub fn with_header(self, name: HeaderName, value: &'static str) -> Self {
        self.with_header_value(name, HeaderValue::from_static(value))
    }

    #[must_use]
    pub fn with_header_value(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some((name, value));
        self
    }

    /// For what is asked too often at the moment.
    pub fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).with_header(header::RETRY_AFTER, "5")
    }
}

impl Document {
    /// What an answer's head says of it.
    pub const CONTENT_TYPE: &str = "application/problem+json";

    pub fn new(status: StatusCode, detail: String) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { r#type: "about:blank", title, status: status.as_u16(), detail }
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a problem is plain data")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Document::new(self.status, self.detail).to_json();
        let mut response = (self.status, [(header::CONTENT_TYPE, Document::CONTENT_TYPE)], body).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        Self::busy(busy.to_string())
    }
}

impl From<Stopped> for Problem {
    fn from(stopped: Stopped) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, stopped.to_string())
    }
}

/// axum's rejections know their status and say what was wrong.
macro_rules! from_rejection {
    ($($rejection:ident),*) => {$(
        impl From<$rejection> for Problem {
            fn from(rejection: $rejection) -> Self {
                Self::new(rejection.status(), rejection.body_text())
            }
        }
    )*};
}

from_rejection!(PathRejection, QueryRejection, StringRejection);

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::MissingJsonContentType(_) => {
                let detail =
                    "send JSON, and say so with the header `Content-Type: application/json` (curl: -H, or --json)";
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
            }
            // JSON of the wrong shape is as wrong as broken JSON; axum would make it a 422.
            JsonRejection::JsonDataError(error) => {
                Self::bad_request(of_json(&error, "the body is not what this call takes"))
            }
            JsonRejection::JsonSyntaxError(error) => Self::bad_request(of_json(&error, "the body is no JSON")),
            other => Self::new(other.status(), other.body_text()),
        }
    }
}

/// What serde says, which names the field and the place, without axum's words about Rust's types in front.
fn of_json(error: &dyn std::error::Error, what: &str) -> String {
    error.source().map_or_else(|| what.to_owned(), |serde| format!("{what}: {serde}"))
}
