//! Long answers in parts: `?from=&limit=`, `next` in the answer, and the same as a link in its head (RFC 8288).

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Problem;

/// Which part of a long answer is wanted.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Where to begin: a height, or a position in a list.
    #[serde(default)]
    #[param(minimum = 0, maximum = 4_294_967_295_u64, default = 0)]
    from: u32,
    /// How many at most. A limit above the call's own means that one; `next` leads on.
    #[param(minimum = 1, maximum = 4_294_967_295_u64)]
    limit: Option<u32>,
}

impl Page {
    /// Where to begin, and how many at most.
    pub fn bounds(self, default: usize, cap: usize) -> Result<(usize, usize), Problem> {
        match self.limit {
            Some(0) => Err(Problem::bad_request("limit: ask for at least 1")),
            limit => Ok((self.from as usize, limit.map_or(default, |limit| limit as usize).min(cap))),
        }
    }

    /// The link to the part that begins at `next`, if there is one.
    pub fn link(self, uri: &Uri, next: Option<impl Into<u64>>) -> NextLink {
        NextLink(next.map(|next| {
            let limit = self.limit.map_or_else(String::new, |limit| format!("&limit={limit}"));
            let link = format!("<{}?from={}{limit}>; rel=\"next\"", uri.path(), next.into());
            HeaderValue::from_str(&link).expect("a path that was requested, and numbers")
        }))
    }
}

/// A part of an answer's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextLink(Option<HeaderValue>);

impl axum::response::IntoResponseParts for NextLink {
    type Error = std::convert::Infallible;

    fn into_response_parts(
        self,
        mut response: axum::response::ResponseParts,
    ) -> Result<axum::response::ResponseParts, Self::Error> {
        if let Some(link) = self.0 {
            response.headers_mut().insert(header::LINK, link);
        }
        Ok(response)
    }
}

impl IntoResponse for NextLink {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}
