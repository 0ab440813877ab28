//! A relay that serves https and wss: REST and a node over TLS, whoever speaks something else, and certificates that change.

#![expect(clippy::float_cmp, reason = "what is counted is whole")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tabchain::config::Settings;
use tabchain::tls::TlsFiles;
use tabchain_shared::wire::switchboard::{FromRelay, RelayControl};
use tabchain_tests::eventually;
use tabchain_tests::exposition::Exposition;
use tabchain_tests::host::{Host, directory};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const NAME: &str = "relay.test";

/// A certificate for [`NAME`] and this machine, and its key, as a host would have them.
fn write_certificate(folder: &Path) -> TlsFiles {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([NAME, "localhost"].map(str::to_owned)).expect("a certificate");
    let files = TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
    std::fs::write(&files.certificate, cert.pem()).expect("a folder to write to");
    std::fs::write(&files.key, signing_key.serialize_pem()).expect("a folder to write to");
    files
}

fn encrypted(files: &TlsFiles) -> impl FnOnce(&mut Settings) + use<> {
    let files = files.clone();
    move |settings| settings.tls = Some(files)
}

async fn start(data_dir: &TempDir) -> (Host, TlsFiles) {
    let files = write_certificate(data_dir.path());
    (Host::start_with("host", "regtest", data_dir, encrypted(&files)).await, files)
}

/// Trusts that certificate alone.
async fn connect(host: &Host, certificate: &PathBuf) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).expect("a certificate")).expect("a sound one");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(host.relay.address()).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(NAME).expect("a name"), stream).await
}

/// What is answered to a request that ends its connection.
async fn ask(host: &Host, certificate: &PathBuf, head: &str) -> std::io::Result<String> {
    let mut stream = connect(host, certificate).await?;
    stream.write_all(format!("{head}\r\nHost: {NAME}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn metrics(host: &Host, certificate: &PathBuf) -> Exposition {
    let answer = ask(host, certificate, "GET /metrics HTTP/1.1").await.expect("an answer");
    Exposition::parse(answer.split_once("\r\n\r\n").expect("a head").1)
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_and_a_node_go_over_tls() {
    let data_dir = directory();
    let (host, files) = start(&data_dir).await;
    assert!(host.relay.is_encrypted());
    let stream = connect(&host, &files.certificate).await.expect("TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
    let answer = ask(&host, &files.certificate, "GET /health HTTP/1.1").await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"status\":\"ok\""), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("strict-transport-security"), "{answer}");

    let request = format!("wss://{NAME}/ws");
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("a WebSocket");
    let greeting = socket.next().await.expect("a message").expect("a sound one").into_data();
    let challenge = FromRelay::from_bytes(&greeting).expect("a message of the relay");
    assert!(matches!(challenge, FromRelay::Control(RelayControl::Challenge { .. })), "{challenge:?}");
    drop(socket);
    host.relay.stop().await;
}

/// Another relay joins it by https, if its certificate is by an authority that the host has named.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_is_joined_over_tls() {
    let data_dir = directory();
    let (host, files) = start(&data_dir).await;
    let address = format!("https://localhost:{}", host.relay.address().port());
    let join = async |name: &str, authority: Option<&PathBuf>| {
        let folder = directory();
        let other = Host::start_with(name, "regtest", &folder, |settings| {
            settings.join = vec![address.parse().expect("an address")];
            settings.join_ca = authority.cloned();
        })
        .await;
        let joined = eventually("the joining has an outcome", async || {
            let joined = other.get_json("/status").await["joined"][0].clone();
            if joined["relay"].is_null() && joined["problem"].is_null() { Err(joined.to_string()) } else { Ok(joined) }
        })
        .await;
        other.relay.stop().await;
        joined
    };
    let trusting = join("ada", Some(&files.certificate)).await;
    assert_eq!(trusting["relay"], host.relay.state().resident.id().to_string());
    assert_eq!(trusting["address"], address);
    let doubting = join("bob", None).await;
    assert!(doubting["relay"].is_null() && doubting["problem"].as_str().unwrap().contains("certificate"), "{doubting}");
    host.relay.stop().await;
}

/// A page that came unencrypted may have been written by anyone on its way.
#[tokio::test(flavor = "multi_thread")]
async fn an_unencrypted_page_of_the_same_name_is_foreign() {
    let data_dir = directory();
    let (host, files) = start(&data_dir).await;
    for (scheme, status) in [("https", "202"), ("http", "403")] {
        let head = format!("POST /benchmarks/pow HTTP/1.1\r\nContent-Length: 0\r\nOrigin: {scheme}://{NAME}");
        let answer = ask(&host, &files.certificate, &head).await.expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{scheme}: {answer}");
    }
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_plain_http_is_told_what_to_do() {
    let data_dir = directory();
    let (host, files) = start(&data_dir).await;
    // Over plain HTTP, and read as such.
    let answer = host.get("/health").await;
    assert_eq!(answer.status.as_u16(), 400);
    assert!(answer.text().contains("https://") && answer.text().ends_with("here.\n"), "{}", answer.text());
    let now = metrics(&host, &files.certificate).await;
    assert_eq!(now.sum("tabchain_connections_refused_total", "reason=\"plain_http\""), 1.0);
    host.relay.stop().await;
}

/// Nothing; and the beginning of a record that never comes.
const HALF_HANDSHAKES: [&[u8]; 2] = [b"", &[22, 3, 1, 2, 0, 1]];

async fn one_connection(data_dir: &TempDir, files: &TlsFiles, head_timeout: Duration) -> Host {
    Host::start_with("host", "regtest", data_dir, |settings| {
        encrypted(files)(settings);
        settings.head_timeout = head_timeout;
        settings.max_connections = 1;
    })
    .await
}

/// Its place is one of the relay's connections, from before the handshake on.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_end_a_handshake_takes_a_place() {
    let data_dir = directory();
    let files = write_certificate(data_dir.path());
    let host = one_connection(&data_dir, &files, Duration::from_hours(1)).await;
    for beginning in HALF_HANDSHAKES {
        let taken = async |places: i64| {
            eventually("places are taken", async || match host.relay.state().metrics.connections.get() {
                taken if taken == places => Ok(()),
                taken => Err(format!("{taken} instead of {places}")),
            })
            .await;
        };
        taken(0).await;
        let mut silent = TcpStream::connect(host.relay.address()).await.expect("the relay listens");
        silent.write_all(beginning).await.expect("there is room");
        taken(1).await;
        assert!(connect(&host, &files.certificate).await.is_err(), "it was the only place");
    }
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_ends_a_handshake_is_cut() {
    let data_dir = directory();
    let files = write_certificate(data_dir.path());
    let host = one_connection(&data_dir, &files, Duration::from_millis(200)).await;
    for beginning in HALF_HANDSHAKES {
        let mut silent = TcpStream::connect(host.relay.address()).await.expect("the relay listens");
        silent.write_all(beginning).await.expect("there is room");
        let mut rest = Vec::new();
        silent.read_to_end(&mut rest).await.expect("it is closed");
        assert!(rest.is_empty(), "{rest:?}");
        eventually("the place is free again", async || {
            ask(&host, &files.certificate, "GET /health HTTP/1.1").await.map(drop).map_err(|error| error.to_string())
        })
        .await;
    }
    let now = eventually("figures can be had", async || {
        let answer =
            ask(&host, &files.certificate, "GET /metrics HTTP/1.1").await.map_err(|error| error.to_string())?;
        Ok(Exposition::parse(answer.split_once("\r\n\r\n").ok_or("no head")?.1))
    })
    .await;
    assert!(now.sum("tabchain_connections_refused_total", "reason=\"tls_handshake\"") >= 2.0);
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_counts_without_a_restart_and_half_of_one_does_not() {
    let data_dir = directory();
    let (host, files) = start(&data_dir).await;
    let old = data_dir.path().join("old.pem");
    std::fs::copy(&files.certificate, &old).expect("a copy");
    let mut open = connect(&host, &old).await.expect("TLS");
    // A key that belongs to no certificate here.
    let stray = KeyPair::generate().expect("a key").serialize_pem();
    for (file, content) in [(&files.key, stray.as_str()), (&files.certificate, "-----BEGIN NONSENSE-----\n")] {
        let right = std::fs::read(file).expect("it is there");
        std::fs::write(file, content).expect("a folder to write to");
        for _ in 0..3 {
            ask(&host, &old, "GET /health HTTP/1.1").await.expect("the old certificate still counts");
        }
        std::fs::write(file, right).expect("a folder to write to");
    }
    write_certificate(data_dir.path());
    eventually("the new certificate counts", async || {
        ask(&host, &files.certificate, "GET /health HTTP/1.1").await.map_err(|error| error.to_string())
    })
    .await;
    assert!(ask(&host, &old, "GET /health HTTP/1.1").await.is_err(), "nobody is shown the old one");
    // A connection of before goes on.
    open.write_all(format!("GET /health HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    host.relay.stop().await;
}
