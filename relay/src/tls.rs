//! TLS for whoever connects, by rustls: certificate and key from PEM files, read again when they have changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// First byte of whatever begins a TLS connection: a record with a handshake (RFC 8446, section 5.1).
const HANDSHAKE_RECORD: u8 = 22;
/// What this server speaks inside. A WebSocket needs a connection of its own, which HTTP/2 would not give it.
const ALPN: &[u8] = b"http/1.1";
/// How soon changed files count.
const REREAD_EVERY: Duration = Duration::from_secs(1);
/// Whoever is answered in plain words gets this long to read them.
const CLOSING_GRACE: Duration = Duration::from_secs(1);
/// For whoever forgot the s in https.
const PLAIN_HTTP: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 62\r\n\
    Connection: close\r\n\r\nThis port speaks TLS: write https:// instead of http:// here.\n";

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Why a connection came to no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("plain HTTP where TLS is spoken")]
    Plain,
    #[error("{0}")]
    Failed(#[from] io::Error),
}

/// Takes TLS connections. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
}

impl Tls {
    pub fn new(files: TlsFiles) -> Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let certificates = Arc::new(Certificates::new(files, Arc::clone(&provider))?);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("choosing versions of TLS")?
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// Shakes hands; it is for the caller to limit how long. Whoever speaks plain HTTP is told what to do.
    pub async fn accept(&self, mut stream: TcpStream) -> Result<TlsStream<TcpStream>, TlsError> {
        let mut first = [0];
        if stream.peek(&mut first).await? > 0 && first[0] != HANDSHAKE_RECORD {
            stream.write_all(PLAIN_HTTP).await?;
            stream.shutdown().await?;
            // A socket that is closed with unread bytes in it resets the connection, and takes the answer along.
            let _ = timeout(CLOSING_GRACE, tokio::io::copy(&mut stream, &mut tokio::io::sink())).await;
            return Err(TlsError::Plain);
        }
        Ok(self.acceptor.accept(stream).await?)
    }
}

/// The certificate as it is now.
#[derive(Debug)]
struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// As they were read.
    content: Content,
    key: Arc<CertifiedKey>,
    looked: Instant,
    /// The last reading failed, and that has been logged.
    failed: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Certificates {
    fn new(files: TlsFiles, provider: Arc<CryptoProvider>) -> Result<Self> {
        let content = read(&files)?;
        let key = certified_key(&content, &files, &provider)?;
        let state = Mutex::new(State { content, key, looked: Instant::now(), failed: false });
        Ok(Self { files, provider, state })
    }

    /// Looks at the files at most once a second. Half a replacement, or one that makes no sense, changes nothing.
    fn current(&self) -> Arc<CertifiedKey> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.looked.elapsed() < REREAD_EVERY {
            return Arc::clone(&state.key);
        }
        state.looked = Instant::now();
        let changed = read(&self.files).and_then(|content| {
            if content == state.content {
                return Ok(None);
            }
            let key = certified_key(&content, &self.files, &self.provider)?;
            Ok(Some((content, key)))
        });
        match changed {
            Ok(None) => state.failed = false,
            Ok(Some((content, key))) => {
                tracing::info!(
                    "the certificate in {} has changed and counts from now on",
                    self.files.certificate.display()
                );
                (state.content, state.key, state.failed) = (content, key, false);
            }
            Err(error) if !state.failed => {
                tracing::warn!("the last certificate goes on to count: {error:#}");
                state.failed = true;
            }
            Err(_) => {}
        }
        Arc::clone(&state.key)
    }
}

impl ResolvesServerCert for Certificates {
    /// One for all names: whoever reaches this port asks for this relay.
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn read(files: &TlsFiles) -> Result<Content> {
    let read = |file: &Path| fs::read(file).with_context(|| format!("reading {}", file.display()));
    Ok(Content { certificate: read(&files.certificate)?, key: read(&files.key)? })
}

fn certified_key(content: &Content, files: &TlsFiles, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>> {
    let file = files.certificate.display();
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&content.certificate)
        .collect::<Result<_, _>>()
        .with_context(|| format!("the certificates in {file}"))?;
    ensure!(!chain.is_empty(), "{file} holds no certificate (-----BEGIN CERTIFICATE-----)");
    let key_file = || format!("the private key in {}", files.key.display());
    let key = PrivateKeyDer::from_pem_slice(&content.key).with_context(key_file)?;
    // It also holds the two against each other.
    let key = CertifiedKey::from_der(chain, key, provider).with_context(key_file)?;
    Ok(Arc::new(key))
}
