//! Every limit of a node that a stranger could otherwise fill, and every interval, with what happens at its end.

use super::snapshot::NodeKind;
use crate::chain::RecentLimits;
use crate::pow::Algorithm;
use crate::wire::switchboard::MAX_SPREAD_LINKS;

#[derive(Debug, Clone)]
pub struct Config {
    /// What the node calls itself; at most [`crate::wire::message::MAX_NAME_BYTES`] bytes.
    pub name: String,
    pub kind: NodeKind,
    /// For what others must not foresee (ping nonces, salts of header commitments); drawn by the driver from good randomness.
    pub seed: u64,
    /// Milliseconds between two pings of a peer.
    pub ping_interval: u64,
    /// How often overdue things are looked for while there are peers, milliseconds: usually [`OVERDUE_INTERVAL`]; less often where
    /// nothing is lost on the way.
    pub overdue_interval: u64,
    /// Peers at once; a further one is disconnected.
    pub max_peers: usize,
    /// What is kept in memory of the chain's newest part.
    pub recent: RecentLimits,
    /// How far headers may lead before the bodies on the way to them; then no more are asked for until bodies have come.
    /// A chain that was weighed in a pre-sync is stored up to the message in which its work is enough, however far it leads:
    /// bodies come for the best chain alone, so until it is the best it would wait for ever.
    pub max_headers_ahead: u32,
    /// Headers of one chain that a pre-sync follows, a byte each. Then it ends, and that chain is not followed.
    pub max_pre_sync_headers: usize,
    /// What is remembered of [`super::timeline`]: usually [`REMEMBERED_HAPPENINGS`]; 0 where nobody looks at it, and then it takes
    /// no memory.
    pub remembered_happenings: usize,
    /// Blocks that a peer is remembered to know, and as many transactions: usually [`MAX_KNOWN_INVENTORY`]; fewer where thousands of
    /// nodes share one memory.
    pub max_known_inventory: usize,
    /// Recent blocks of which it is remembered when they came, from whom, and in how many bytes: usually [`REMEMBERED_BLOCKS`].
    pub remembered_blocks: usize,
}

impl Config {
    pub fn new(name: impl Into<String>, kind: NodeKind, seed: u64) -> Self {
        let max_peers = match kind {
            NodeKind::Tab => MAX_PEERS_TAB,
            NodeKind::Relay => MAX_PEERS_RELAY,
        };
        Self {
            name: name.into(),
            kind,
            seed,
            ping_interval: 20_000,
            overdue_interval: OVERDUE_INTERVAL,
            max_peers,
            max_headers_ahead: MAX_HEADERS_AHEAD,
            max_pre_sync_headers: MAX_PRE_SYNC_HEADERS,
            recent: RecentLimits::default(),
            remembered_happenings: REMEMBERED_HAPPENINGS,
            max_known_inventory: MAX_KNOWN_INVENTORY,
            remembered_blocks: REMEMBERED_BLOCKS,
        }
    }
}

/// Bitcoin Core's default, and far above the usual eight links.
pub const MAX_PEERS_TAB: usize = 125;
/// The resident node is every tab's first peer. What each peer may make it remember is about 0.5 MB at worst.
pub const MAX_PEERS_RELAY: usize = 2_000;
// What it tells all of them is one message to its relay.
const _: () = assert!(MAX_PEERS_RELAY <= MAX_SPREAD_LINKS);
/// A handshake must be complete within this, ms (Bitcoin Core waits 60 s; a LAN needs less). Then disconnected.
pub const HANDSHAKE_TIMEOUT: u64 = 15_000;
/// A ping must be answered within this, ms. Then disconnected.
pub const PING_TIMEOUT: u64 = 60_000;
/// Usual [`Config::overdue_interval`], ms.
pub const OVERDUE_INTERVAL: u64 = 1_000;

/// Longer than a ping interval by this without an input, ms: the node slept. A device that swaps may take seconds.
pub const SLEEP_MARGIN: u64 = 10_000;
/// After waking, miners rest until the node has caught up, but no longer than this, ms: a network comes back within it after
/// a laptop is opened, and who works alone must not wait for ever.
pub const MAX_WAKING: u64 = 60_000;

/// Misbehaviour at which a peer is disconnected and barred (as in Bitcoin Core).
pub const SCORE_LIMIT: u32 = 100;
/// Bytes that do not decode.
pub const SCORE_MALFORMED: u32 = 20;
/// A block or header that breaks a rule.
pub const SCORE_INVALID_BLOCK: u32 = 100;
/// Headers that do not connect to anything, beyond [`MAX_UNCONNECTING_HEADERS`] times.
pub const SCORE_UNCONNECTING_HEADERS: u32 = 20;
/// A transaction that no honest node would pass on: a broken signature, another network.
pub const SCORE_INVALID_TRANSACTION: u32 = 20;
/// How long a barred node stays barred, ms. Long enough to notice in a lesson; Bitcoin Core bans for a day.
pub const BAR_DURATION: u64 = 10 * 60_000;
/// Barred nodes remembered; the oldest is forgotten.
pub const MAX_BARRED: usize = 1_000;

/// Headers messages in a row that may fail to connect before they cost score (Bitcoin Core's figure).
pub const MAX_UNCONNECTING_HEADERS: u32 = 10;
/// Of those that come within this, ms, only the first counts: until the answer to a question has come, an honest node of a fast
/// network announces hundreds.
pub const UNCONNECTING_INTERVAL: u64 = 1_000;
/// Headers announced at once after a reorg (Bitcoin Core's `MAX_BLOCKS_TO_ANNOUNCE`).
pub const MAX_ANNOUNCED_HEADERS: usize = 8;
/// Headers dated in the future that are kept for later; the oldest is dropped, and comes again with the next sync.
pub const MAX_HELD_HEADERS: usize = 64;

/// A chain of headers is kept if it has more work than the active chain had this many blocks ago (Bitcoin Core's figure, a
/// day there). What has less is ignored, or weighed in a pre-sync if it may go on.
pub const LOW_WORK_DEPTH: u32 = 144;
/// A node keeps so many times [`Config::max_headers_ahead`] headers without bodies (some 15 MB) beside those of the best chain and of
/// one that was weighed and is being fetched; then it forgets them all and asks its peers anew.
pub const MAX_BARE_CHAINS: usize = 2;
/// Usual [`Config::max_pre_sync_headers`]: sixteen weeks of blocks every ten seconds.
pub const MAX_PRE_SYNC_HEADERS: usize = 1_000_000;
/// All pre-syncs together keep no more bytes than so many of the longest would, so 32 MB. Beyond that the longest ends, and is
/// tried again when its peer announces its next block. So even with as many peers as there can be, each can show 256 000
/// headers to a tab, and 16 000 to a relay: a month, or almost two days, of blocks every ten seconds.
pub const MAX_FULL_PRE_SYNCS: usize = 32;
/// A pre-sync must come a message further within this, ms; then it ends, and nobody is punished. To begin anew does not count.
pub const PRE_SYNC_TIMEOUT: u64 = 30_000;
/// Usual [`Config::max_headers_ahead`]: about 10 MB of headers, and a minute or more of bodies.
pub const MAX_HEADERS_AHEAD: u32 = 50_000;

/// What may be hashed in a second for one peer's headers that are not kept, microseconds: a twentieth of a core. Then its headers
/// wait; `hashing.rs` says which and how.
pub const HASHING_MICROS_PER_SECOND: u64 = 50_000;
/// What may be hashed at once: more than a full message takes.
pub const HASHING_BURST: u64 = 500_000;
/// Places for headers that were hashed of late, eight bytes each, once so many are needed. One that finds no free place takes another's.
pub const MAX_PROVED_HEADERS: usize = 1 << 16;
/// Questions for headers whose answers may be outstanding; further ones entitle to no answer.
pub const MAX_HEADER_QUESTIONS: u32 = 4;

/// Blocks asked of one peer and not yet received (Bitcoin Core's figure).
pub const MAX_BLOCKS_IN_FLIGHT: usize = 16;
/// A peer that owes this many is asked for no more yet, so that a request names several blocks: to send a message costs a tab
/// as much as to check a small block, and what is still on its way keeps the connection busy meanwhile.
pub const REORDER_BLOCKS_BELOW: usize = MAX_BLOCKS_IN_FLIGHT / 2;
/// Blocks sent in answer to one `getdata`, as many as an honest node asks for; the rest are `notfound`.
pub const MAX_BLOCKS_PER_GETDATA: usize = MAX_BLOCKS_IN_FLIGHT;
/// Blocks are asked for in their compact form among so many newest of a peer's chain, and given in it down to this depth
/// (Bitcoin Core's `MAX_CMPCTBLOCK_DEPTH`). Deeper ones are given in full.
pub const MAX_COMPACT_DEPTH: u32 = 5;
/// Single transactions of a block are given down to this depth (Bitcoin Core's `MAX_BLOCKTXN_DEPTH`); then the whole block.
pub const MAX_BLOCKTXN_DEPTH: u32 = 10;
/// Compact blocks asked of one peer that are not complete yet; further blocks are asked for in full. Each holds the memory of
/// a block, whatever its sender makes of it.
pub const MAX_COMPACT_REQUESTS_PER_PEER: usize = 2;
/// The same, of all peers together.
pub const MAX_COMPACT_REQUESTS: usize = 8;
/// Of a transfer without a memo: no block has more transactions than so many bytes for each allow.
pub const LEAST_TRANSFER_BYTES: usize = 147;
/// Bytes that one peer may have served in a second: more than anyone can check, and more than most links carry. A request
/// beyond it is dropped, without score.
pub const SERVED_BYTES_PER_SECOND: u64 = 64 * 1024 * 1024;
/// What may be served at once: an answer to one `getdata` of the largest blocks.
pub const SERVED_BURST: u64 = 64 * 1024 * 1024;
/// What a request costs of that even if nothing is sent for it, bytes: so it is at most 64 000 requests a second.
pub const REQUEST_COST: u64 = 1_024;
/// Transactions that one peer may announce in a second, as many as a node of ours does; further ones are not heard.
pub const ANNOUNCEMENTS_PER_SECOND: u64 = 5_000;
/// What may be announced at once: a full mempool, to a newcomer.
pub const ANNOUNCEMENT_BURST: u64 = 40_000;
/// Transactions that one peer may send in a second although nobody asked: each costs a signature's check. Further ones are
/// not looked at. No node of ours sends any.
pub const UNASKED_TRANSACTIONS_PER_SECOND: u64 = 100;
pub const UNASKED_TRANSACTION_BURST: u64 = 1_000;

/// Transactions are announced this often, ms, all that gathered since the last time; the first one at once.
pub const ANNOUNCE_INTERVAL: u64 = 200;
/// Transactions announced to a peer at once; the rest go next time.
pub const MAX_ANNOUNCED_AT_ONCE: usize = 1_000;
/// Transactions that wait to be announced; the oldest are dropped. They wait in the mempool all the same, and newcomers hear
/// of them.
pub const MAX_QUEUED_ANNOUNCEMENTS: usize = 20_000;

/// Headers, blocks and moves of the tip whose times are remembered, 56 bytes each: of three for a block, almost two hours of
/// a classroom. The oldest make room.
pub const REMEMBERED_HAPPENINGS: usize = 2_048;

/// Usual [`Config::remembered_blocks`]; the oldest is forgotten.
pub const REMEMBERED_BLOCKS: usize = 512;

/// Times the usual wait without a block after which the tip is called stale; `watch.rs` says why.
pub const STALE_TIP_SPACINGS: u64 = 12;
/// Headers with more work than the tip's may be without bodies for so long, ms, before the person is told.
pub const WITHHELD_PATIENCE: u64 = 60_000;
/// Miners rest for a better chain that peers show until no body of it has come for so long, ms; then they go on with the node's
/// own tip until one comes.
pub const RESTING_PATIENCE: u64 = 30_000;
/// A block that a second source names must be shown by a peer within this, ms.
pub const WITNESS_PATIENCE: u64 = 30_000;
/// Full `headers` messages in a row that neither follow on what was asked nor bring anything new; one more, and the peer is
/// disconnected. Its chain may have changed under way, so a few are no fault.
pub const MAX_HEADERS_IN_CIRCLES: u32 = 10;

/// A peer that shows new headers must show more within this, ms; then the others are asked, too. No other one waits for longer
/// than this, either: a slow leader holds up nobody.
pub const HEADERS_LEAD_TIMEOUT: u64 = 5_000;

/// Links named in a node's report to its relay, which takes no more: all of a tab's. A link has at most 84 bytes of JSON, so
/// that the report fits into a control message.
pub const MAX_REPORTED_LINKS: usize = 160;
/// Blocks that one peer may have waiting to be read from the store; the rest of what it asks for is `notfound`. Twice what
/// an honest node has in flight.
pub const MAX_READS_PER_PEER: usize = 2 * MAX_BLOCKS_IN_FLIGHT;
/// Blocks that the store reads for all peers at once, give or take one request; further requests wait their turn. A block
/// may have megabytes.
pub const MAX_READS: usize = 2 * MAX_BLOCKS_IN_FLIGHT;
/// Blocks read back from the store at once for the node's own purposes; a block may have megabytes.
pub const READ_BACK_BATCH: usize = 16;
/// How far ahead of the last complete block bodies are asked for; bounds the bodies that wait for their parents.
pub const DOWNLOAD_WINDOW: usize = 256;
/// Missing blocks of a peer's chain that are listed for it; more are listed when fewer than a window are left.
pub const MAX_PLANNED_BLOCKS: usize = 4 * DOWNLOAD_WINDOW;
/// Expected bytes of all blocks that are on order, over all peers: half of what a relay keeps for a slow reader
/// (`MAX_BYTES` in `relay/src/socket/outbox.rs`). What exceeds it is asked for when something has come.
pub const MAX_BYTES_ON_ORDER: usize = 8 * 1024 * 1024;
/// So many blocks are on order however large they are.
pub const MIN_BLOCKS_ON_ORDER: usize = 2;
/// Bytes on order and of bodies that wait for their parents; then only the block that the others wait for is asked for.
pub const MAX_BYTES_AHEAD: usize = 32 * 1024 * 1024;
/// Writes that are not durable yet, above which no more blocks are asked for. Memory lets old blocks go, and what a full disk
/// then refuses would be nowhere: so this and what is on its way stay far below [`RecentLimits`].
pub const MAX_UNFINISHED_WRITES: usize = 256;
/// Bytes that were given to the store and are not durable yet; beyond it no more blocks are asked for until some are. A
/// newcomer checks blocks faster than a browser writes them, and what waits to be written fills the memory of the tab.
pub const MAX_UNSTORED_BYTES: usize = 2 * 1024 * 1024;
/// Blocks on order of a peer that has not delivered what it was asked for last.
pub const MAX_BLOCKS_OF_STALLED_PEER: usize = 1;
/// A block must come within this, ms, if another peer has it, too (Bitcoin Core's `BLOCK_STALLING_TIMEOUT_DEFAULT`); then that
/// one is asked. Since when, and when it is longer, up to [`block_timeout`], is in `stalls.rs`.
pub const STALL_TIMEOUT: u64 = 2_000;
/// Blocks of one peer that may still come late; the oldest is forgotten, and is no delivery if it comes.
pub const MAX_LATE_BLOCKS: usize = MAX_BLOCKS_IN_FLIGHT;
/// The least time for a block that no other peer has, ms; see [`block_timeout`].
pub const MIN_BLOCK_TIMEOUT: u64 = 8_000;
/// Times in a row that one peer may fail to deliver before it is disconnected.
pub const MAX_STALLS: u32 = 4;

/// Usual [`Config::max_known_inventory`]; the oldest is forgotten, at the cost of a repeated announcement.
pub const MAX_KNOWN_INVENTORY: usize = 5_000;
/// How often a peer is asked for the headers of blocks that it names and that are unknown here, ms; what it names meanwhile is
/// asked about at the next look for overdue things.
pub const UNKNOWN_BLOCK_INTERVAL: u64 = 1_000;
/// Transactions asked of one peer and not yet received; its further announcements wait. What another one leaves unanswered is asked
/// of it all the same, which it has announced, too.
pub const MAX_TRANSACTION_REQUESTS: usize = 1_000;
/// Announcements of one peer that wait until less is on order of it, as many as it may make at once; further ones are not heard.
pub const MAX_WAITING_ANNOUNCEMENTS: usize = 40_000;
/// The same, of all peers together: some 13 MB. Beyond it the peer with the most loses its last ones.
pub const MAX_ALL_WAITING_ANNOUNCEMENTS: usize = 400_000;
/// Further announcers of a transaction that are remembered, to be asked when the first does not deliver. A later one takes the
/// place of another, so that whoever came early in numbers cannot keep it out.
pub const MAX_OTHER_ANNOUNCERS: usize = 8;
/// A transaction must come within this, ms, if nobody else announced it; then it is given up. If somebody else did, that one is
/// asked after [`STALL_TIMEOUT`], or later where lines are slow. So silent peers hold up a transaction for
/// `(1 + MAX_OTHER_ANNOUNCERS)` times two to three seconds at most, and only once: `transaction_requests.rs`.
pub const TRANSACTION_TIMEOUT: u64 = 10_000;

/// A mining job is renewed this often, ms, for a recent date; with new transactions it is renewed sooner.
pub const TEMPLATE_INTERVAL: u64 = 5_000;
/// With transactions waiting that the job lacks, it is renewed after this, ms.
pub const TEMPLATE_INTERVAL_NEW_TRANSACTIONS: u64 = 500;
/// Templates remembered for the current tip; a nonce for an older one is ignored.
pub const MAX_TEMPLATES: usize = 8;

/// A block must come within this, ms, if no other peer has it: the largest that the network allows, at one megabit a second.
/// Then it is asked for once more.
#[must_use]
pub fn block_timeout(max_block_bytes: u32) -> u64 {
    MIN_BLOCK_TIMEOUT.max(u64::from(max_block_bytes) * 8 / 1_000)
}

/// What checking a header takes in a browser, microseconds, rounded up: the proof of work, and for the fast algorithms the rules
/// beside it.
#[must_use]
pub fn header_check_micros(algorithm: Algorithm) -> u64 {
    match algorithm {
        Algorithm::Sha256d | Algorithm::Blake3 => 5,
        // An oracle stands for a slow one, so that simulations meet these limits.
        Algorithm::Scrypt | Algorithm::Argon2id | Algorithm::Oracle => 200,
    }
}
