//! What a person may set, each once: as a flag, in the environment, or as a line of a file.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde::{Deserialize, Deserializer};

use super::ice::IceAddress;
use crate::bus::address::{BusAddress, PageAddress};
use crate::join::RelayAddress;
use crate::logging::LogFormat;
use crate::miner::default_workers;
use crate::proxy::ProxyNetwork;
use crate::switchboard::topology::ShapeName;

/// Above this, threads only get in each other's way.
const MAX_WORKERS: usize = 1024;

/// What a person may set, and where nothing is set, nothing.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Options {
    /// Address to listen on; 0.0.0.0 lets the whole network join [default: 127.0.0.1]
    #[arg(long, env = "TABCHAIN_HOST", value_name = "ADDRESS")]
    pub host: Option<String>,

    /// Port to listen on; 0 takes any free one [default: 8000]
    #[arg(long, env = "TABCHAIN_PORT")]
    pub port: Option<u16>,

    /// Where chain, key and token are kept [default: tabchain/NETWORK-PORT in the user's data directory]
    #[arg(long, env = "TABCHAIN_DATA_DIR", value_name = "DIRECTORY")]
    pub data_dir: Option<PathBuf>,

    /// classroom, scrypt, argon2id, blake3, regtest, or a TOML file with a network's parameters [default: that of
    /// the joined relay, else classroom]
    #[arg(long, env = "TABCHAIN_NETWORK", value_name = "NETWORK")]
    pub network: Option<String>,

    /// Another relay to join, by its link or as `host:port`; may be repeated
    #[arg(long, env = "TABCHAIN_JOIN", value_name = "URL", value_delimiter = ',')]
    pub join: Option<Vec<RelayAddress>>,

    /// PEM file with the certificate of an authority that is believed of relays joined over https, besides those that the
    /// system knows [default: none]
    #[arg(long, env = "TABCHAIN_JOIN_CA", value_name = "FILE")]
    pub join_ca: Option<PathBuf>,

    /// Be one relay of several that carry one network: a NATS server that all of them reach, as `nats://HOST:4222` or
    /// `tls://USER:PASSWORD@HOST:4222`; may be repeated for a cluster [default: none, alone]
    #[arg(long, env = "TABCHAIN_BUS", value_name = "URL", value_delimiter = ',', hide_env_values = true)]
    pub bus: Option<Vec<BusAddress>>,

    /// Where browsers reach this relay, as they show it, for tabs of other relays on the bus [default: the address to listen
    /// on, if it is one]
    #[arg(long, env = "TABCHAIN_ADVERTISE", value_name = "URL")]
    pub advertise: Option<PageAddress>,

    /// Mine from the start, with this many threads [default: one less than there are cores]
    #[arg(long, env = "TABCHAIN_MINE", value_name = "WORKERS", num_args = 0..=1, default_missing_value = "auto")]
    pub mine: Option<Workers>,

    /// What this relay's node calls itself [default: relay-PORT]
    #[arg(long, env = "TABCHAIN_NAME")]
    pub name: Option<String>,

    /// Do not carry out orders from the host of a joined relay
    #[arg(long, env = "TABCHAIN_NO_FOLLOW_HOST", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub no_follow_host: Option<bool>,

    /// File that holds the operator token [default: a random one, kept in the data directory]
    #[arg(long, env = "TABCHAIN_OPERATOR_TOKEN_FILE", value_name = "FILE")]
    pub operator_token_file: Option<PathBuf>,

    /// File that holds a read token: then REST is answered only to who sends it, or the operator token. Pages and nodes
    /// need none [default: whoever reaches the relay may read]
    #[arg(long, env = "TABCHAIN_READ_TOKEN_FILE", value_name = "FILE")]
    pub read_token_file: Option<PathBuf>,

    /// HTTP requests a second from one address, ten times as many at once; 0 takes any number. The operator's are not
    /// counted [default: 200]
    #[arg(long, env = "TABCHAIN_REQUESTS_PER_SECOND", value_name = "COUNT")]
    pub requests_per_second: Option<u32>,

    /// Connections of all addresses together, those of nodes included [default: 16384]
    #[arg(long, env = "TABCHAIN_MAX_CONNECTIONS", value_name = "COUNT")]
    pub max_connections: Option<usize>,

    /// Nodes that may connect from one address; behind it there may be a whole class [default: 256]
    #[arg(long, env = "TABCHAIN_MAX_CONNECTIONS_PER_ADDRESS", value_name = "COUNT")]
    pub max_connections_per_address: Option<usize>,

    /// Messages a second that one node may have carried, each counted for every receiver, and five times as many at once; who
    /// sends more waits; 0 takes any number [default: 20000]
    #[arg(long, env = "TABCHAIN_MESSAGES_PER_SECOND", value_name = "COUNT")]
    pub messages_per_second: Option<u32>,

    /// How nodes are linked: random, mesh, star or ring; the host can change it while the relay runs [default: random]
    #[arg(long, env = "TABCHAIN_TOPOLOGY", value_name = "SHAPE")]
    pub topology: Option<ShapeName>,

    /// In the topology random: others that each node is introduced to, besides the relay's node [default: 8]
    #[arg(long, env = "TABCHAIN_DEGREE", value_name = "COUNT")]
    pub degree: Option<usize>,

    /// A server that helps tabs on different networks to find a way to each other, as stun:HOST:PORT or
    /// turn:USER:PASSWORD@HOST:PORT, with percent signs for special characters; every tab is told it, password
    /// included; may be repeated [default: none]
    #[arg(long, env = "TABCHAIN_ICE_SERVER", value_name = "URL", value_delimiter = ',')]
    pub ice_server: Option<Vec<IceAddress>>,

    /// Record everything that this relay's node is given into a new file, for `tabchain replay`
    #[arg(long, env = "TABCHAIN_RECORD", value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Largest recording, in MiB; then recording ends, and the relay goes on [default: 256]
    #[arg(long, env = "TABCHAIN_RECORD_LIMIT", value_name = "MIB")]
    pub record_limit: Option<u32>,

    /// PEM file with the certificate (and what leads to its authority), to serve https and wss; read again when it changes
    /// [default: plain http]
    #[arg(long, env = "TABCHAIN_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// PEM file with the certificate's private key; read again when it changes
    #[arg(long, env = "TABCHAIN_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// A reverse proxy, as an address or a network (10.0.0.0/24), whose X-Forwarded-For or Forwarded is believed; may be
    /// repeated [default: none]
    #[arg(long, env = "TABCHAIN_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    pub trusted_proxy: Option<Vec<ProxyNetwork>>,

    /// Before stopping, answer 503 at /health for so many seconds and go on serving, so that a load balancer sends new
    /// clients elsewhere; a second signal ends at once [default: 0]
    #[arg(long, env = "TABCHAIN_DRAIN", value_name = "SECONDS")]
    pub drain: Option<u32>,

    /// How the log on the standard error is written: as text, or as one JSON object a line [default: text]
    #[arg(long, env = "TABCHAIN_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged: error, warn, info, debug or trace, or directives such as info,tabchain=debug [default: that of
    /// `RUST_LOG`, else info]
    #[arg(long, env = "TABCHAIN_LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<String>,

    /// TOML file with any of these options
    #[arg(long, env = "TABCHAIN_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

impl Options {
    /// What is set here, and otherwise there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            host: self.host.or(other.host),
            port: self.port.or(other.port),
            data_dir: self.data_dir.or(other.data_dir),
            network: self.network.or(other.network),
            join: self.join.or(other.join),
            join_ca: self.join_ca.or(other.join_ca),
            bus: self.bus.or(other.bus),
            advertise: self.advertise.or(other.advertise),
            mine: self.mine.or(other.mine),
            name: self.name.or(other.name),
            no_follow_host: self.no_follow_host.or(other.no_follow_host),
            operator_token_file: self.operator_token_file.or(other.operator_token_file),
            read_token_file: self.read_token_file.or(other.read_token_file),
            requests_per_second: self.requests_per_second.or(other.requests_per_second),
            max_connections: self.max_connections.or(other.max_connections),
            max_connections_per_address: self.max_connections_per_address.or(other.max_connections_per_address),
            messages_per_second: self.messages_per_second.or(other.messages_per_second),
            topology: self.topology.or(other.topology),
            degree: self.degree.or(other.degree),
            ice_server: self.ice_server.or(other.ice_server),
            record: self.record.or(other.record),
            record_limit: self.record_limit.or(other.record_limit),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            trusted_proxy: self.trusted_proxy.or(other.trusted_proxy),
            drain: self.drain.or(other.drain),
            log_format: self.log_format.or(other.log_format),
            log_level: self.log_level.or(other.log_level),
            config: self.config,
        }
    }
}

/// Mining threads, as a person says it: a number, or `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    Auto,
    Count(usize),
}

impl Workers {
    pub(super) fn count(self) -> usize {
        match self {
            Self::Auto => default_workers(),
            Self::Count(count) => count,
        }
    }
}

impl FromStr for Workers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "auto" => Ok(Self::Auto),
            Ok(count) if (1..=MAX_WORKERS).contains(&count) => Ok(Self::Count(count)),
            _ => Err(format!("give a number of threads from 1 to {MAX_WORKERS}, or auto")),
        }
    }
}

impl<'de> Deserialize<'de> for Workers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Count(u32),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Count(count) => count.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}
