//! A connection to another relay: TCP, and TLS over it where its address begins with https.
//!
//! Its certificate is judged by the authorities that the system knows and, if the host names one, by another (`--join-ca`): a
//! school may have its own.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, ensure};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::RelayAddress;

/// Whatever carries bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Whose certificates are believed. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Beside those that the system knows.
    authorities: Vec<CertificateDer<'static>>,
    /// The system is asked when the first relay is joined over TLS.
    config: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl Trust {
    /// `file`: PEM certificates of further authorities.
    pub fn new(file: Option<&Path>) -> Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let name = file.display();
        let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let authorities = read.with_context(|| format!("the certificates in {name}"))?;
        ensure!(!authorities.is_empty(), "{name} holds no certificate (-----BEGIN CERTIFICATE-----)");
        let mut roots = RootCertStore::empty();
        for authority in &authorities {
            roots.add(authority.clone()).with_context(|| format!("a certificate in {name}"))?;
        }
        Ok(Self { authorities, config: Arc::default() })
    }

    fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(self.config.get_or_init(|| {
            let known = rustls_native_certs::load_native_certs();
            for error in known.errors {
                tracing::warn!("an authority that the system knows cannot be read: {error}");
            }
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(known.certs.into_iter().chain(self.authorities.iter().cloned()));
            let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("ring has what TLS 1.2 and 1.3 need");
            Arc::new(config.with_root_certificates(roots).with_no_client_auth())
        }))
    }
}

/// Connects; it is for the caller to limit how long. An error of the kind `InvalidData` is TLS's: something answers, but not
/// as whom it should.
pub async fn connect(address: &RelayAddress, trust: &Trust) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(address.authority()).await?;
    // Messages are small and each is wanted at once.
    stream.set_nodelay(true)?;
    if !address.is_encrypted() {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(address.host().to_owned()).map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(trust.config()).connect(name, stream).await?))
}
