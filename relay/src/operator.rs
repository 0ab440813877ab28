//! Who may steer, and who may read: whoever sends the right token as a bearer header.
//!
//! There are two roles. The *operator* may do everything; its token always exists. A *reader* is needed only if the host has
//! set a read token: then REST answers nobody else. Tokens count in the header alone. In an address they would end up in
//! histories, logs and referrers, so a request that carries one there is refused whatever else it carries.

mod token;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::AppState;
use crate::rest::Problem;

pub use token::{CurrentToken, TOKEN_FILE, Token, TokenSource};

/// Names under which people try to pass tokens in an address.
const QUERY_NAMES: [&str; 4] = ["token", "access_token", "operator_token", "read_token"];

/// What a request may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// No token, or a wrong one.
    Stranger,
    Reader,
    Operator,
}

/// The tokens that count.
#[derive(Debug)]
pub struct Access {
    operator: CurrentToken,
    /// Absent: whoever reaches this relay may read.
    read: Option<CurrentToken>,
}

impl Access {
    pub fn new(operator: CurrentToken, read: Option<CurrentToken>) -> Self {
        Self { operator, read }
    }

    /// For the host's own link.
    pub fn operator_token(&self) -> Token {
        self.operator.get()
    }

    /// For the link of those who may read, if not everybody may.
    pub fn read_token(&self) -> Option<Token> {
        self.read.as_ref().map(CurrentToken::get)
    }

    pub fn role(&self, headers: &HeaderMap) -> Role {
        let Some(token) = bearer(headers) else { return Role::Stranger };
        // Both are compared in any case: how long it takes tells nothing of which one was nearly right.
        let is_operator = self.operator.get().is(token);
        let is_reader = self.read.as_ref().is_some_and(|read| read.get().is(token));
        match (is_operator, is_reader) {
            (true, _) => Role::Operator,
            (false, true) => Role::Reader,
            (false, false) => Role::Stranger,
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Proof that a request comes from the operator: a handler that takes it runs for nobody else.
#[derive(Debug)]
pub struct Operator;

impl FromRequestParts<AppState> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, relay: &AppState) -> Result<Self, Problem> {
        match relay.access.role(&parts.headers) {
            Role::Operator => Ok(Self),
            Role::Reader => {
                let detail = "this token may read and not steer; steering needs the operator token";
                Err(Problem::new(StatusCode::FORBIDDEN, detail))
            }
            Role::Stranger if parts.headers.contains_key(header::AUTHORIZATION) => {
                Err(unauthorised("this is not the operator token that the relay printed when it started"))
            }
            Role::Stranger => {
                Err(unauthorised("this call needs the operator token, as header `Authorization: Bearer TOKEN`"))
            }
        }
    }
}

/// In front of every call that reads.
pub async fn may_read(State(relay): State<AppState>, request: Request, next: Next) -> Result<Response, Problem> {
    if relay.access.read.is_some() && relay.access.role(request.headers()) < Role::Reader {
        return Err(unauthorised("reading needs this relay's read token, as header `Authorization: Bearer TOKEN`"));
    }
    Ok(next.run(request).await)
}

/// In front of every call.
pub async fn no_token_in_address(request: Request, next: Next) -> Result<Response, Problem> {
    let names =
        request.uri().query().unwrap_or_default().split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    for name in names {
        if QUERY_NAMES.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)) {
            return Err(unauthorised(
                "an address is no place for the operator token or a read token: send it as header `Authorization: \
                 Bearer TOKEN`, and consider this one known to others",
            ));
        }
    }
    Ok(next.run(request).await)
}

fn unauthorised(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail).with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"tabchain\"")
}
