//! The command `tabchain`: carries out a command that needs no relay, or reads the settings, starts the relay, prints what
//! a host needs, and stops in good order.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::process::{self, ExitCode};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tabchain::Relay;
use tabchain::config::{Cli, Command, Options, Settings, Tokens};
use tabchain::descriptors::make_room;
use tabchain::logging::LogFormat;

/// Of a relay that was told twice to stop: not in good order, and not by a failure of its own.
const ENDED_AT_ONCE: i32 = 130;

fn main() -> ExitCode {
    match Cli::parse().into_command() {
        Command::Serve(options) => run_relay(*options),
        Command::Inspect(inspect) => inspect.run(),
        Command::Verify(verify) => verify.run(),
        Command::Replay(replay) => replay.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::VerifyReport(verify) => verify.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }
}

fn run_relay(options: Options) -> ExitCode {
    let settings = match Settings::resolve(options, Tokens::from_environment()) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let log = settings.log.clone();
    log.start();
    match serve(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if log.format == LogFormat::Json => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
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
        say(&format!("Asking {} which network it serves …", relays.join(" or ")));
    }
    let follows = (!settings.join.is_empty()).then_some(settings.follow_host);
    let mut signals = StopSignals::catch().context("catching Ctrl-C")?;
    let drain = settings.drain;
    let settings = Settings { max_connections: make_room(settings.max_connections), ..settings };
    let relay = tokio::select! {
        relay = Relay::start(settings) => relay?,
        () = signals.next() => return Ok(()),
    };
    if let Some(follows) = follows {
        let follows = if follows { "follows" } else { "does not follow" };
        tracing::info!("this node {follows} the hosts of the relays that it joins");
    }
    announce(&relay)?;
    let failed = tokio::select! {
        () = signals.next() => false,
        () = relay.failed() => true,
    };
    let stopping = async {
        if !failed && !drain.is_zero() {
            say(&format!("Stopping in {} s; a second signal ends at once …", drain.as_secs()));
            relay.drain();
            tokio::select! {
                () = tokio::time::sleep(drain) => {}
                () = relay.failed() => {}
            }
        }
        say("Stopping …");
        relay.stop().await;
    };
    tokio::select! {
        () = stopping => {}
        // Whoever asks twice does not want to wait. What was acknowledged is stored in any case.
        () = signals.next() => process::exit(ENDED_AT_ONCE),
    }
    // Whatever restarts services restarts this one then.
    ensure!(!failed, "the relay's own node failed; the log says more");
    Ok(())
}

/// Says how far it is. That nobody reads it any more (`tabchain | head`) is no reason not to stop in good order.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Exactly what a host needs.
fn announce(relay: &Relay) -> Result<()> {
    let (params, address) = (relay.params(), relay.address());
    let scheme = if relay.is_encrypted() { "https" } else { "http" };
    let mut out = io::stdout().lock();
    writeln!(out, "Tabchain {}: network {} ({})", env!("CARGO_PKG_VERSION"), params.name, params.network_id())?;
    writeln!(out)?;
    let links = links(scheme, address);
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
fn links(scheme: &str, address: SocketAddr) -> Vec<String> {
    let link = |ip: IpAddr| format!("{scheme}://{}", SocketAddr::new(ip, address.port()));
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

/// Ctrl-C, and where there is such a thing SIGTERM. Both are caught from the call on, not from the first poll: a signal in
/// between would end the process on the spot.
#[cfg(unix)]
struct StopSignals {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignals {
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

/// Ctrl-C, which is caught from the call on.
#[cfg(windows)]
struct StopSignals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl StopSignals {
    fn catch() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) {
        drop(self.0.recv().await);
    }
}
