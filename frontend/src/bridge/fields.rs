//! What messages are made of, field by field, in the order of their bytes.

use tabchain_shared::consensus::Params;
use tabchain_shared::mempool::fees::FeeLevels;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::mining::share::JobProof;
use tabchain_shared::node::block_view::{BlockView, TransactionView};
use tabchain_shared::node::io::{Answer, Command, CommandId, PeerId, Time};
use tabchain_shared::node::payments::{PaymentState, PaymentView, WalletView};
use tabchain_shared::node::role::{Role, Score};
use tabchain_shared::node::snapshot::{
    Alarm, MiningView, NodeKind, PeerView, ReorgView, Snapshot, StaleTip, SyncView, TipView,
};
use tabchain_shared::node::timeline::{self, Happening, TimelinePart, What};
use tabchain_shared::node::tree_view::{BranchView, Share, Stretch, TreeBlock, TreeMiner, TreeOverview, TreePart};
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{
    Address, Amount, BlockHash, CompactTarget, Decode, Encode, Header, Memo, NetworkId, NodeId, Reader, Transfer, Txid,
    Work,
};
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::{IceServer, NetworkPart};

use super::packing::{Pack, pack_encoded, pack_enums, pack_newtypes, pack_structs};
use super::{
    ChannelId, ChannelNews, ChannelOrder, CourtesyView, FromWorker, Interference, MinersProblem, MinersView,
    NamedFault, NamedNode, PartView, StorageProblem, StorageView, Switch, ToWorker, TreeAnswer, TreeQuestion,
    UplinkState, UplinkView, View,
};
use crate::driver::{Held, Tenure};
use crate::explore::judge::{Place, Question, Reply, Rule, Ruling, Unjudged, Verdict};
use crate::lessons::wire::{ToLessons, ToPage};
use crate::terms::{Agreement, Battery, Pause, Surroundings, Terms};

// Between page and worker.
pack_enums! {
    ToWorker {
        0 Start { wish, previous, held, terms, network, online },
        1 Command { id, command },
        2 Replace { id, txid, fee },
        3 Tree { id, question },
        4 SetOnline { online },
        5 SetRelays { addresses },
        6 SetFollowsHost { follows },
        7 SetMiners { count },
        8 SetTerms { terms },
        9 Surroundings(surroundings),
        10 ShowPhrase,
        11 RestoreKey { id, phrase },
        12 Knock,
        13 Awake,
        14 Channel(news),
        15 Judge { id, question },
        16 Leave,
    }
    FromWorker {
        0 Ready,
        1 Here,
        2 Started { slot, tenure, wish_taken, others },
        3 Network(params),
        4 View(view),
        5 Answer { id, answer },
        6 Tree { id, answer },
        7 Channel(order),
        8 Judged { id, reply },
        9 Phrase { words },
        10 Fatal { reason },
        11 Ended,
    }
    TreeQuestion {
        0 Part { from, limit },
        1 Overview { from, to },
        2 Block { hash },
        3 Timeline { from },
        4 Fork { block },
        5 Body { hash },
        6 Transfer { txid },
    }
    TreeAnswer {
        0 Part(part),
        1 Overview(overview),
        2 Block(block),
        3 Timeline(part),
        4 Fork(record),
        5 Body(bytes),
        6 Transfer(transfer),
    }
    ChannelOrder {
        0 Offer { channel, ice_servers },
        1 Answer { channel, ice_servers, offer },
        2 Answered { channel, answer },
        3 Candidate { channel, candidate },
        4 Close { channel },
    }
    ChannelNews {
        0 Described { channel, sdp },
        1 Candidate { channel, candidate },
        2 Ended { channel, reason },
    }
    Answer { 0 Accepted { txid }, 1 Done, 2 Refused { reason }, 3 Chain { blocks } }
}

// A view.
pack_structs! {
    View {
        snapshot, wallet, uplink, direct, follows_host, interference, part, miners, courtesy, storage, clock_ahead,
    }
    Interference { faults, part, cut }
    PartView { role, hidden, score, waiting }
    NamedFault { node, fault }
    NamedNode { node, name }
    MinersView { count, cores, rates, switches, kernel, problem }
    Switch { job, millis }
    CourtesyView { agreed, host_asks, pause }
    UplinkView { state, since, problem, elsewhere, others }
    Snapshot {
        node, name, address, network, network_id, balance, available, tip, sync, peers, mempool, mempool_size, mining,
        blocks, last_reorg, waking, next_block_from, held_blocks, memory_only, alarm, stale_tip,
    }
    TipView { hash, height, time, chainwork, difficulty, received }
    PeerView {
        peer, node, address, name, kind, height, tip, tip_shown, round_trip, we_initiated, received_bytes, sent_bytes,
    }
    StaleTip { quiet, expected_within }
    MiningView { wanted, blocks_left, limit, hashrate, blocks_found, waiting_for }
    ReorgView { at, fork_height, lost_tip, won_tip, disconnected, connected, returned }
    BlockView {
        hash, prev_blockhash, height, time, bits, nonce, miner, tag, reward, size, transaction_count, active, received,
        wire_bytes,
    }
    TransactionView { txid, sender, recipient, amount, fee, nonce, memo, height }
    WalletView { payments, fees }
    PaymentView { transaction, state, was_in_block, fee_to_replace }
    FeeLevels { next_block, soon, cheapest, cheapest_block }
    Score { trials, successes }
    LinkFault { delay, jitter, loss, bandwidth }
    NetworkPart { number, of }
    IceServer { urls, username, credential }
}
pack_enums! {
    SyncView {
        0 Restoring { have },
        1 Alone,
        2 WeighingHeaders { have, of },
        3 LearningHeaders { have, of },
        4 CatchingUp { have, of },
        5 Current,
    }
    Alarm { 0 Stuck, 1 Unshown { hash, height }, 2 Withheld }
    NodeKind { 0 Tab, 1 Relay }
    PaymentState { 0 Waiting { turn }, 1 Blocked { missing_nonce }, 2 Confirmed { confirmations }, 3 Undone }
    StorageView { 0 Saving, 1 Stopped(problem), 2 MemoryOnly(problem) }
    StorageProblem { 0 Silent, 1 Full, 2 Refused, 3 KeyUnreadable, 4 Cleared, 5 OpenElsewhere, 6 Failed(error) }
    MinersProblem { 0 PlainInstead, 1 Blocked, 2 KeepDying }
    UplinkState { 0 Offline, 1 Connecting, 2 Connected }
}

// What this tab is to others of its browser.
pack_structs! {
    Held { slot, tenure }
    Tenure { since, token }
}

// The tree and its past.
pack_structs! {
    TreePart { tip, height, blocks, miners, left_out, next }
    TreeBlock { hash, parent, height, miner, time, active, elsewhere, received }
    TreeMiner { address, name }
    TreeOverview { tip, height, from, stretch, stretches, stale_blocks, branches, miners, reorgs }
    Stretch { blocks, shares }
    Share { miner, blocks }
    BranchView { tip, fork_height, length, miner }
    TimelinePart { node, reported, since, first, from, happenings, next }
    timeline::TipView { hash, height }
    Happening { at, hash, height, what }
}
pack_enums! {
    What { 0 Headers { new }, 1 Arrived { from }, 2 Found, 3 Tip { disconnected, connected } }
}

// Terms and surroundings.
pack_structs! {
    Terms { agreement, pause_when_hidden, pause_on_low_battery, miners }
    Surroundings { hidden, battery }
    Battery { level, charging }
}
pack_enums! {
    Agreement { 0 None, 1 Withdrawn, 2 Asked, 3 ByLink { read } }
    Pause { 0 Hidden, 1 LowBattery }
}

// What the explorer asks and hears.
pack_structs! {
    Place { height, ancestors }
    Ruling { rule, verdict }
    Params {
        name, algorithm, spacing, half_life, limit, start_bits, subsidy, halving_interval, max_block_bytes,
        max_future_seconds, genesis_time, genesis_message,
    }
}
pack_enums! {
    Question {
        0 Block { params, bytes, place, now },
        1 Signature(transfer),
        2 Nonce { algorithm, header, start, count },
    }
    Reply { 0 Rulings(rulings), 1 Signature { is_valid }, 2 Nonce(nonce) }
    Verdict { 0 Kept, 1 Broken(words), 2 Open(reason) }
    Unjudged {
        0 Unreadable,
        1 NobodyMinedGenesis,
        2 NothingBelowGenesis,
        3 NotTheHeaders,
        4 GenesisPaysNobody,
        5 TransactionsUnsound,
    }
    Rule { 0 Work, 1 Parent, 2 Context, 3 Bytes, 4 Identity, 5 Transactions, 6 Coinbase }
    Algorithm { 0 Sha256d, 1 Scrypt, 2 Argon2id, 3 Blake3, 4 Oracle }
}

// Between the page and the lessons.
pack_enums! {
    ToLessons { 0 Shown { view, network }, 1 Answer { id, answer }, 2 Tree { id, answer } }
    ToPage {
        0 Ready,
        1 Command { id, command },
        2 Replace { id, txid, fee },
        3 Tree { id, question },
        4 SetOnline { online },
        5 AskToMine,
    }
}

pack_newtypes!(ChannelId CommandId PeerId Time CompactTarget);
pack_encoded!(Address Amount BlockHash Command HashrateLimit Header JobProof Memo NetworkId NodeId Role Transfer Txid Work);

#[cfg(test)]
mod tests {
    use tabchain_shared::node::Node;
    use tabchain_shared::node::config::Config;
    use tabchain_shared::primitives::SecretKey;
    use wasm_bindgen::JsValue;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::bridge::{pack, unpack};

    fn view() -> View {
        let config = Config::new("ada", NodeKind::Tab, 1);
        let node = Node::new(config, Params::regtest(), SecretKey::from_seed([1; 32]), Time(1));
        let fault = LinkFault { delay: 5, loss: 0.25, ..LinkFault::default() };
        let named = NamedNode { node: node.id(), name: Some("bob".into()) };
        View {
            snapshot: Some(node.snapshot()),
            wallet: Some(node.wallet_view()),
            uplink: UplinkView {
                state: UplinkState::Connecting,
                since: Time(2),
                problem: Some("nobody answers".into()),
                elsewhere: None,
                others: vec!["http://10.0.0.2:8000".into()],
            },
            direct: vec![node.id()],
            follows_host: true,
            interference: Interference {
                faults: vec![NamedFault { node: named, fault }],
                part: Some(NetworkPart { number: 1, of: 2 }),
                cut: Vec::new(),
            },
            part: PartView { role: Role::Merchant { confirmations: 2 }, ..PartView::default() },
            miners: MinersView {
                count: 2,
                cores: 4,
                rates: vec![0.5, 1e6],
                switches: vec![Switch { job: 3, millis: 0.1 }],
                kernel: "scalar".into(),
                problem: Some(MinersProblem::Blocked),
            },
            courtesy: CourtesyView { agreed: true, host_asks: Some(7), pause: Some(Pause::LowBattery) },
            storage: StorageView::Stopped(StorageProblem::Failed("disk".into())),
            clock_ahead: -3,
        }
    }

    #[test]
    fn messages_cross_whole() {
        let seen = FromWorker::View(Box::new(view()));
        assert_eq!(unpack(&pack(&seen)), Some(seen));
        let question = Question::Block {
            params: Box::new(Params::classroom()),
            bytes: vec![1, 2, 3],
            place: Place { height: 1, ancestors: vec![Params::classroom().genesis().header] },
            now: 9,
        };
        let asked = ToWorker::Judge { id: 1, question };
        assert_eq!(unpack(&pack(&asked)), Some(asked));
    }

    #[test]
    fn what_is_no_message_of_this_program_is_none() {
        let nothing = |data: &JsValue| assert_eq!(unpack::<FromWorker>(data), None);
        nothing(&"Ready".into());
        nothing(&js_sys::Uint8Array::from([0].as_slice()).into());
        let mut other = js_sys::Uint8Array::from(pack(&FromWorker::Ready)).to_vec();
        assert_eq!(unpack::<FromWorker>(&js_sys::Uint8Array::from(other.as_slice()).into()), Some(FromWorker::Ready));
        other[0] ^= 1;
        nothing(&js_sys::Uint8Array::from(other.as_slice()).into());
    }
}
