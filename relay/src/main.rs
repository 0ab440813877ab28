//! The command `tabchain`: carries out a command that needs no relay, or reads the settings, starts the relay, prints what
//! a host needs, and stops in good order.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tabchain::Relay;
use tabchain::config::{Cli, Command, Options, Settings, Tokens};
use tabchain::descriptors::make_room;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    match Cli::parse().into_command() {
        Command::Serve(options) => run_relay(*options),
        Command::Inspect(inspect) => inspect.run(),
        Command::Verify(verify) => verify.run(),
        Command::Replay(replay) => replay.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
    }
}

fn run_relay(options: Options) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colours).init();
    let outcome = Settings::resolve(options, Tokens::from_environment()).and_then(serve);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(settings: Settings) -> Result<()> {
    if settings.network.is_none() {
        let relays: Vec<String> = settings.join.iter().map(ToString::to_string).collect();
        println!("Asking {} which network it serves …", relays.join(" or "));
    }
    let follows = (!settings.join.is_empty()).then_some(settings.follow_host);
    let stopped = stop_signal().context("catching Ctrl-C")?;
    tokio::pin!(stopped);
    let settings = Settings { max_connections: make_room(settings.max_connections), ..settings };
    let relay = tokio::select! {
        relay = Relay::start(settings) => relay?,
        () = &mut stopped => return Ok(()),
    };
    if let Some(follows) = follows {
        let follows = if follows { "follows" } else { "does not follow" };
        tracing::info!("this node {follows} the hosts of the relays that it joins");
    }
    announce(&relay)?;
    let failed = tokio::select! {
        () = stopped => false,
        () = relay.failed() => true,
    };
    println!("Stopping …");
    relay.stop().await;
    // Whatever restarts services restarts this one then.
    ensure!(!failed, "the relay's own node failed; the log says more");
    Ok(())
}

/// Exactly what a host needs.
fn announce(relay: &Relay) -> Result<()> {
    let (params, address) = (relay.params(), relay.address());
    let mut out = io::stdout().lock();
    writeln!(out, "Tabchain {}: network {} ({})", env!("CARGO_PKG_VERSION"), params.name, params.network_id())?;
    writeln!(out)?;
    let links = links(address);
    for link in &links {
        writeln!(out, "Join:     {link}/")?;
    }
    let first = links.first().expect("a listening relay has an address");
    writeln!(out, "Operator: {first}/control#token={}", relay.state().access.operator_token().reveal())?;
    if let Some(token) = relay.state().access.read_token() {
        writeln!(out, "Readers:  {first}/control#token={}", token.reveal())?;
    }
    writeln!(out, "REST:     {first}/chain")?;
    writeln!(out, "Data:     {}", relay.data_dir().display())?;
    writeln!(out)?;
    if address.ip().is_loopback() {
        writeln!(out, "Only this machine can join; --host 0.0.0.0 lets everyone on your network in.")?;
    }
    writeln!(out, "Keep the operator link to yourself: whoever has it steers the network. Ctrl-C stops the relay.")?;
    out.flush()?;
    Ok(())
}

/// Where the relay can be reached. One that listens everywhere is best reached over the network.
fn links(address: SocketAddr) -> Vec<String> {
    let link = |ip: IpAddr| format!("http://{}", SocketAddr::new(ip, address.port()));
    if !address.ip().is_unspecified() {
        return vec![link(address.ip())];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!("this machine's addresses are unknown: {error}");
        Vec::new()
    });
    let mut ips: Vec<IpAddr> = interfaces
        .iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(if_addrs::Interface::ip)
        .filter(|ip| ip.is_ipv4() || address.is_ipv6())
        .collect();
    // IPv4 first: shorter to read out.
    ips.sort_by_key(IpAddr::is_ipv6);
    if ips.is_empty() {
        ips.push(IpAddr::from([127, 0, 0, 1]));
    }
    ips.into_iter().map(link).collect()
}

/// Ends on Ctrl-C, and where there is such a thing on SIGTERM. Both are caught from the call on, not from the first poll:
/// a signal in between would end the process on the spot.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Ends on Ctrl-C, which is caught from the call on.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupted = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(interrupted.recv().await) })
}
