//! Settings: a flag wins over the environment, the environment over the file, the file over the default.

pub mod ice;
pub mod network;
mod options;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand};
use tabchain_shared::chain::RecentLimits;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::recording::DEFAULT_MAX_BYTES;
use tabchain_shared::wire::message::MAX_NAME_BYTES;
use tabchain_shared::wire::switchboard::IceServer;

use crate::bus::address::{BusAddress, PageAddress};
use crate::commands::backup::Backup;
use crate::commands::documents::{Completions, Man};
use crate::commands::inspect::Inspect;
use crate::commands::replay::Replay;
use crate::commands::restore::Restore;
use crate::commands::simulate::Simulate;
use crate::commands::verify::Verify;
use crate::commands::verify_report::VerifyReport;
use crate::join::RelayAddress;
use crate::join::address::DEFAULT_PORT;
use crate::logging::LogSettings;
use crate::operator::{Token, TokenSource};
use crate::proxy::ProxyNetwork;
use crate::request_rate::DEFAULT_REQUESTS_PER_SECOND;
use crate::server::{DEFAULT_CONNECTIONS, HEAD_TIMEOUT};
use crate::switchboard::door::DoorLimits;
use crate::switchboard::is_sound_name;
use crate::switchboard::topology::{Shape, ShapeName};
use crate::tls::TlsFiles;
use ice::MAX_ICE_SERVERS;

pub use options::{Options, Workers};

/// Hold the tokens themselves. There are no such flags: everyone on a machine can read the flags of its programs.
pub const TOKEN_VARIABLE: &str = "TABCHAIN_OPERATOR_TOKEN";
pub const READ_TOKEN_VARIABLE: &str = "TABCHAIN_READ_TOKEN";

/// A real proof-of-work network whose full nodes are browser tabs: this is its relay.
///
/// Starts the relay: one process that serves the web app, introduces the tabs to each other, keeps a full node of its
/// own and answers REST. Open the link that it prints; everyone else opens it, too.
#[derive(Debug, Parser)]
#[command(name = "tabchain", version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Every option of the relay can also stand in the environment (TABCHAIN_PORT=8001) and, without the dashes, in \
                        the file given with --config (port = 8001). The tokens can be given as \
                        TABCHAIN_OPERATOR_TOKEN and TABCHAIN_READ_TOKEN; one in a file counts anew a second after the file \
                        has changed. A flag wins over the environment, the environment over the file, \
                        the file over the default."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the relay; the same as no command at all
    Serve(Box<Options>),
    Inspect(Inspect),
    Verify(Verify),
    Replay(Replay),
    Simulate(Simulate),
    VerifyReport(VerifyReport),
    Backup(Backup),
    Restore(Restore),
    Completions(Completions),
    Man(Man),
}

impl Cli {
    pub fn into_command(self) -> Command {
        self.command.unwrap_or_else(|| Command::Serve(Box::new(self.options)))
    }
}

/// What the relay runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    pub host: String,
    pub port: u16,
    /// Absent: the platform's place for this network and port.
    pub data_dir: Option<PathBuf>,
    /// Absent: that of the first joined relay that answers.
    pub network: Option<Params>,
    pub join: Vec<RelayAddress>,
    /// Servers of the bus; none: this relay is alone.
    pub bus: Vec<BusAddress>,
    /// Absent: after the address to listen on.
    pub advertise: Option<PageAddress>,
    /// Whether to mine from the start.
    pub mine: bool,
    pub mining_workers: usize,
    /// Absent: after the port.
    pub name: Option<String>,
    pub follow_host: bool,
    /// Absent: the data directory's.
    pub operator_token: Option<TokenSource>,
    /// Absent: reading needs none.
    pub read_token: Option<TokenSource>,
    /// From one address; 0: any number.
    pub requests_per_second: u32,
    /// Of all addresses together.
    pub max_connections: usize,
    /// For the head of a request to be complete.
    pub head_timeout: Duration,
    pub limits: DoorLimits,
    /// That the network begins with.
    pub topology: Shape,
    /// Told to every tab.
    pub ice_servers: Vec<IceServer>,
    /// What the resident keeps of its chain in memory.
    pub recent: RecentLimits,
    /// Where the resident's inputs are recorded.
    pub record: Option<PathBuf>,
    /// Bytes at which a recording ends.
    pub record_limit: u64,
    /// Certificates of authorities that are believed of joined relays, beside those that the system knows.
    pub join_ca: Option<PathBuf>,
    /// Absent: plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Believed when they say for whom they ask.
    pub trusted_proxies: Vec<ProxyNetwork>,
    /// How long `/health` sends new clients elsewhere before the relay stops.
    pub drain: Duration,
    pub log: LogSettings,
}

impl Settings {
    /// From flags and environment, and the file that they name.
    pub fn resolve(options: Options, tokens: impl Into<Tokens>) -> Result<Self> {
        let tokens = tokens.into();
        let file = options.config.as_deref().map(read_file).transpose()?.unwrap_or_default();
        let options = options.or(file);
        let network = options.network.as_deref().map(network::load).transpose()?;
        let join = options.join.unwrap_or_default();
        // Without anything to join there is nobody to ask.
        let network = if join.is_empty() { network.or_else(|| Some(Params::classroom())) } else { network };
        let operator_token = token_source(TOKEN_VARIABLE, tokens.operator, options.operator_token_file)?;
        let read_token = token_source(READ_TOKEN_VARIABLE, tokens.read, options.read_token_file)?;
        let max_connections = options.max_connections.unwrap_or(DEFAULT_CONNECTIONS);
        ensure!(max_connections > 0, "--max-connections: with 0 nobody could connect");
        if let Some(name) = &options.name {
            let sound = is_sound_name(name);
            ensure!(sound, "--name: a name has 1 to {MAX_NAME_BYTES} bytes, all of them printable");
        }
        let mut limits = DoorLimits::default();
        if let Some(count) = options.max_connections_per_address {
            ensure!(count > 0, "--max-connections-per-address: with 0 nobody could connect");
            limits.connections_per_address = count;
        }
        if let Some(count) = options.messages_per_second {
            limits.messages_per_second = count;
        }
        let tls = match (options.tls_cert, options.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) => bail!("--tls-cert needs --tls-key, the file with the certificate's private key"),
            (None, Some(_)) => bail!("--tls-key needs --tls-cert, the file with the certificate"),
        };
        let topology = Shape::new(options.topology.unwrap_or(ShapeName::Random), options.degree);
        let ice_servers = options.ice_server.unwrap_or_default();
        let count = ice_servers.len();
        ensure!(
            count <= MAX_ICE_SERVERS,
            "--ice-server: {count} are more than the {MAX_ICE_SERVERS} that a tab is told"
        );
        Ok(Self {
            host: options.host.unwrap_or_else(|| "127.0.0.1".into()),
            port: options.port.unwrap_or(DEFAULT_PORT),
            data_dir: options.data_dir,
            network,
            join,
            bus: options.bus.unwrap_or_default(),
            advertise: options.advertise,
            mine: options.mine.is_some(),
            mining_workers: options.mine.unwrap_or(Workers::Auto).count(),
            name: options.name,
            follow_host: !options.no_follow_host.unwrap_or(false),
            operator_token,
            read_token,
            requests_per_second: options.requests_per_second.unwrap_or(DEFAULT_REQUESTS_PER_SECOND),
            max_connections,
            head_timeout: HEAD_TIMEOUT,
            limits,
            topology: topology.context("--topology, --degree")?,
            ice_servers: ice_servers.into_iter().map(IceServer::from).collect(),
            recent: RecentLimits::default(),
            record: options.record,
            record_limit: options.record_limit.map_or(DEFAULT_MAX_BYTES, |mib| u64::from(mib) * 1024 * 1024),
            join_ca: options.join_ca,
            tls,
            trusted_proxies: options.trusted_proxy.unwrap_or_default(),
            drain: Duration::from_secs(options.drain.unwrap_or(0).into()),
            log: LogSettings::new(options.log_format, options.log_level)?,
        })
    }

    /// Where browsers reach this relay, which listens there, as other relays are told.
    pub fn advertised(&self, listener: SocketAddr, is_encrypted: bool) -> Option<PageAddress> {
        self.advertise.clone().or_else(|| PageAddress::of_listener(listener, is_encrypted))
    }

    /// Where this network's data is kept. Two relays on two ports do not get in each other's way.
    pub fn data_dir(&self, network: &Params) -> Result<PathBuf> {
        if let Some(data_dir) = &self.data_dir {
            return Ok(data_dir.clone());
        }
        let Some(base) = dirs::data_dir() else {
            bail!("this system names no place for a user's data; choose one with --data-dir");
        };
        Ok(base.join("tabchain").join(format!("{}-{}", network::file_name(network), self.port)))
    }
}

/// The environment's token wins over a file's.
fn token_source(variable: &'static str, token: Option<String>, file: Option<PathBuf>) -> Result<Option<TokenSource>> {
    match token {
        Some(token) => Ok(Some(TokenSource::Given(Token::new(&token).context(variable)?))),
        None => Ok(file.map(TokenSource::File)),
    }
}

/// What the environment holds of secrets.
#[derive(Default)]
pub struct Tokens {
    pub operator: Option<String>,
    pub read: Option<String>,
}

impl Tokens {
    pub fn from_environment() -> Self {
        let variable = |name| std::env::var(name).ok();
        Self { operator: variable(TOKEN_VARIABLE), read: variable(READ_TOKEN_VARIABLE) }
    }

    /// One that lets its holder read.
    pub fn for_reading(self) -> Option<String> {
        self.read.or(self.operator)
    }
}

/// The operator's alone.
impl From<Option<String>> for Tokens {
    fn from(operator: Option<String>) -> Self {
        Self { operator, read: None }
    }
}

fn read_file(path: &Path) -> Result<Options> {
    let text = fs::read_to_string(path).with_context(|| format!("reading the settings in {}", path.display()))?;
    // The error shows the line.
    toml::from_str(&text).with_context(|| format!("the settings in {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miner::default_workers;
    use crate::operator::CurrentToken;

    fn parse(line: &str) -> Options {
        match Cli::try_parse_from(line.split_whitespace()).unwrap().into_command() {
            Command::Serve(options) => *options,
            other => panic!("{line} is another command: {other:?}"),
        }
    }

    fn file(content: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tabchain.toml");
        fs::write(&path, content).unwrap();
        (directory, path)
    }

    #[test]
    fn without_anything_set_a_class_can_begin() {
        let settings = Settings::resolve(parse("tabchain"), None).unwrap();
        assert_eq!((settings.host.as_str(), settings.port), ("127.0.0.1", 8000));
        assert_eq!(settings.network, Some(Params::classroom()));
        assert!(!settings.mine && settings.follow_host && settings.join.is_empty());
        assert!(settings.mining_workers >= 1);
        let data_dir = settings.data_dir(&Params::classroom()).unwrap();
        assert!(data_dir.ends_with("tabchain/classroom-8000"), "{}", data_dir.display());
    }

    #[test]
    fn serve_is_the_same_as_no_command() {
        let flags = "--port 8001 --join http://a:1 --join b:2 --mine 3 --name ada --no-follow-host --record new.tabrec \
                     --record-limit 5";
        assert_eq!(parse(&format!("tabchain {flags}")), parse(&format!("tabchain serve {flags}")));
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let (_directory, path) = file(
            "port = 9000\nname = \"from-file\"\nmine = 2\njoin = [\"http://a:1\"]\nno-follow-host = true\n\
             network = \"regtest\"",
        );
        let mut options = parse("tabchain --port 8001 --mine");
        options.config = Some(path);
        let settings = Settings::resolve(options, None).unwrap();
        assert_eq!(settings.port, 8001);
        assert_eq!(settings.mining_workers, default_workers());
        assert_eq!(settings.name.as_deref(), Some("from-file"));
        assert_eq!(settings.join, ["a:1".parse().unwrap()]);
        assert!(!settings.follow_host);
        assert_eq!(settings.host, "127.0.0.1");
        assert_eq!(settings.network, Some(Params::regtest()));
    }

    #[test]
    fn who_joins_takes_the_network_of_the_joined_relay_unless_told_otherwise() {
        assert_eq!(Settings::resolve(parse("tabchain --join a:1"), None).unwrap().network, None);
        let told = Settings::resolve(parse("tabchain --join a:1 --network regtest"), None).unwrap();
        assert_eq!(told.network, Some(Params::regtest()));
    }

    #[test]
    fn a_topology_and_servers_for_channels_are_taken_from_anywhere() {
        let settings = Settings::resolve(parse("tabchain"), None).unwrap();
        assert_eq!((settings.topology, settings.ice_servers.len()), (Shape::Random { degree: 8 }, 0));
        let line = "tabchain --degree 3 --ice-server stun:a:1 --ice-server turn:u:p@b";
        let settings = Settings::resolve(parse(line), None).unwrap();
        assert_eq!(settings.topology, Shape::Random { degree: 3 });
        assert_eq!(
            settings.ice_servers.iter().map(|server| server.urls[0].as_str()).collect::<Vec<_>>(),
            ["stun:a:1", "turn:b"]
        );
        let (_directory, path) = file("topology = \"ring\"\nice-server = [\"stun:c\"]");
        let options = Options { config: Some(path), ..parse("tabchain") };
        let settings = Settings::resolve(options, None).unwrap();
        assert_eq!((settings.topology, settings.ice_servers[0].urls[0].as_str()), (Shape::Ring, "stun:c"));
        let many =
            Options { ice_server: Some(vec!["stun:a".parse().unwrap(); MAX_ICE_SERVERS + 1]), ..Options::default() };
        assert!(Settings::resolve(many, None).unwrap_err().to_string().contains("9 are more than the 8"));
    }

    #[test]
    fn a_bus_is_taken_from_anywhere_and_its_password_is_not_shown() {
        let settings = Settings::resolve(parse("tabchain"), None).unwrap();
        assert!(settings.bus.is_empty() && settings.advertise.is_none(), "alone unless told otherwise");
        let (_directory, path) = file("bus = [\"tls://ada:s3cret@a\"]\nadvertise = \"https://class.example/\"");
        let settings = Settings::resolve(Options { config: Some(path), ..parse("tabchain") }, None).unwrap();
        assert_eq!(settings.bus[0].to_string(), "tls://a:4222");
        assert_eq!(settings.advertise.as_ref().map(ToString::to_string).as_deref(), Some("https://class.example"));
        let shown = format!("{settings:?} {:?}", parse("tabchain --bus nats://ada:s3cret@a"));
        assert!(!shown.contains("s3cret") && !shown.contains("ada"), "{shown}");
        let cluster = parse("tabchain --bus nats://a,nats://b:1 --bus nats://c").bus.unwrap();
        assert_eq!(
            cluster.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["nats://a:4222", "nats://b:1", "nats://c:4222"]
        );
    }

    #[test]
    fn the_token_itself_wins_over_its_file() {
        let (_directory, path) = file("token-in-the-file\n");
        let mut options = parse("tabchain");
        options.operator_token_file = Some(path);
        let from_file = Settings::resolve(options.clone(), None).unwrap().operator_token.unwrap();
        assert_eq!(CurrentToken::new(from_file).unwrap().get().reveal(), "token-in-the-file");
        let from_environment = Settings::resolve(options, Some("token-in-the-environment".into())).unwrap();
        let given = TokenSource::Given(Token::new("token-in-the-environment").unwrap());
        assert_eq!(from_environment.operator_token, Some(given));
    }

    /// Each mistake is answered with a sentence that names it.
    #[test]
    fn mistakes_are_named() {
        let wrong = |options: Options, words: &str| {
            let error = format!("{:#}", Settings::resolve(options, None).unwrap_err());
            assert!(error.contains(words), "{error:?} should contain {words:?}");
        };
        for (content, words) in [
            ("port = 80000", "line 1"),
            ("host = \"a\"\nprot = 8000", "line 2"),
            ("mine = 0", "from 1 to"),
            ("join = [\"ftp://a\"]", "http://192.168.1.20:8000"),
            ("topology = \"tree\"", "random, mesh, star or ring"),
            ("topology = \"ring\"\ndegree = 2", "leave it out for ring"),
            ("degree = 41", "from 1 to 40"),
            ("bus = [\"http://a\"]", "nats://HOST:4222"),
            ("advertise = \"a:8000\"", "http://192.168.1.20:8000"),
            ("ice-server = [\"turn:turn.example\"]", "turn:USER:PASSWORD@HOST:PORT"),
            ("tls-cert = \"cert.pem\"", "--tls-cert needs --tls-key"),
            ("tls-key = \"key.pem\"", "--tls-key needs --tls-cert"),
            ("trusted-proxy = [\"proxy.example\"]", "10.0.0.0/24"),
            ("log-level = \"loud=yes=no\"", "--log-level loud=yes=no"),
            ("log-format = \"xml\"", "line 1"),
        ] {
            let (_directory, path) = file(content);
            wrong(Options { config: Some(path), ..Options::default() }, words);
        }
        wrong(Options { config: Some("/nowhere/at-all.toml".into()), ..Options::default() }, "at-all.toml");
        wrong(Options { name: Some(" ".into()), ..Options::default() }, "--name");
        wrong(Options { max_connections_per_address: Some(0), ..Options::default() }, "nobody could connect");
        wrong(Options { max_connections: Some(0), ..Options::default() }, "nobody could connect");
        let weak = |tokens: Tokens| format!("{:#}", Settings::resolve(Options::default(), tokens).unwrap_err());
        let tokens = Tokens { read: Some("short".into()), ..Tokens::default() };
        assert!(weak(tokens).contains(READ_TOKEN_VARIABLE));
        assert!(weak(Some("with a space".to_owned()).into()).contains(TOKEN_VARIABLE));
        for line in ["tabchain --port x", "tabchain --mine 0", "tabchain --join ://", "tabchain --unknown"] {
            assert!(Cli::try_parse_from(line.split_whitespace()).is_err(), "{line}");
        }
    }
}
