//! A recorded life, lived again: the same inputs lead to the same state, here and on wasm32; a recording holds no secret,
//! keeps to its limit, and whatever happens to its bytes shows.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, Driven, START, World, block_on, config, genesis, node_with};
use proptest::prelude::*;
use tabchain_shared::chain::RecentLimits;
use tabchain_shared::chain::store::Record;
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::{HashrateLimit, Solution};
use tabchain_shared::node::io::{
    Answer, Command, CommandId, Event, Input, LoadId, Output, PeerId, StoreId, Time, Timer,
};
use tabchain_shared::node::recording::entry::{Content, Entry, Start};
use tabchain_shared::node::recording::reader::{Part, RecordingReader};
use tabchain_shared::node::recording::replay::{Life, Replay};
use tabchain_shared::node::recording::{
    CHECKPOINT_INTERVAL, DEFAULT_MAX_BYTES, Ending, MAGIC, MAX_ENTRY_BYTES, Recorder, RecordingError,
};
use tabchain_shared::node::{Config, Node};
use tabchain_shared::primitives::encode::encode_text;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, Decode, DecodeError, Encode, Memo, NodeId, SecretKey, Transfer};
use tabchain_shared::wire::Message;
use wasm_bindgen_test::wasm_bindgen_test;

/// A relay's node, recorded over half a minute: a joined second relay, regtest, blocks mined by both, payments both ways.
const RELAY_SESSION: &[u8] = include_bytes!("../../tests/vectors/recordings/relay_session.tabrec");
/// Inputs, height, state hash: what the relay that recorded it had come to.
const RELAY_SESSION_ENDS_AT: (u64, u32, &str) =
    (283, 69, "bedf2f40ce64276435ef5e85cfe1adf463f7501c2a9ad7d989a80fef8d702150");

/// Config of nodes that hold five blocks in memory.
fn forgetful(index: usize) -> Config {
    Config { recent: RecentLimits { blocks: 5, ..RecentLimits::default() }, ..config(index) }
}

/// A node that was made of `config` at `start`, lived through a dialogue once more behind a recorder.
fn record(index: usize, config: &Config, start: Time, driven: &Driven, max_bytes: u64) -> (Vec<u8>, Node) {
    let mut node = node_with(index, config.clone(), start);
    let public_key = SecretKey::from_seed([u8::try_from(index).unwrap() + 1; 32]).public_key();
    let mut recorder = Recorder::new(config.clone(), Params::regtest(), public_key, start, max_bytes);
    let mut end = start;
    for (now, input) in &driven.recorded {
        let input = recorder.record(&node, *now, input.clone());
        node.handle(*now, input);
        while node.poll_output().is_some() {}
        end = *now;
    }
    recorder.finish(&node, end);
    let bytes = recorder.take_bytes();
    assert_eq!(bytes.len() as u64, recorder.size());
    (bytes, node)
}

fn replay(bytes: &[u8]) -> Result<Life, RecordingError> {
    let mut replay = Replay::new();
    replay.push(bytes)?;
    replay.finish()
}

/// What was recorded is what the dialogue's own node came to, and the replay comes to it, too.
#[track_caller]
fn check_replay(index: usize, config: &Config, start: Time, driven: &Driven) -> Vec<u8> {
    let (bytes, recorded) = record(index, config, start, driven, DEFAULT_MAX_BYTES);
    assert_eq!(recorded.state_hash(), driven.node.state_hash());
    let life = replay(&bytes).unwrap();
    assert_eq!(life.node.state_hash(), driven.node.state_hash());
    assert_eq!(life.node.snapshot(), driven.node.snapshot());
    assert_eq!((life.inputs, life.ending), (driven.recorded.len() as u64, Ending::Stopped));
    assert_eq!(life.checkpoints, life.inputs.saturating_sub(1) / u64::from(CHECKPOINT_INTERVAL) + 1);
    bytes
}

/// Alice and bob mine and pay, part, and meet again after a reorg deeper than memory; then alice crashes.
fn eventful() -> World {
    let mut world = World::of((0..2).map(|index| node_with(index, forgetful(index), START)).collect());
    world.connect(ALICE, BOB);
    world.mine(ALICE, 3);
    world.mine(BOB, 2);
    assert!(matches!(world.pay(ALICE, BOB, "7"), Answer::Accepted { .. }));
    world.cut_all(ALICE);
    assert!(matches!(world.pay(ALICE, BOB, "1.5"), Answer::Accepted { .. }));
    world.mine(ALICE, 28);
    world.mine(BOB, 40);
    world.connect(ALICE, BOB);
    assert_eq!((world.height(ALICE), world.tip(ALICE)), (45, world.tip(BOB)));
    assert!(world.nodes[ALICE].node.snapshot().last_reorg.is_some_and(|reorg| reorg.disconnected == 28));
    world.command(ALICE, Command::Rename { name: "ada".into() });
    world.command(
        BOB,
        Command::Pay {
            recipient: world.nodes[ALICE].node.address(),
            amount: Amount::MAX,
            fee: None,
            memo: Memo::default(),
        },
    );
    world.pass(30_000);
    world
}

#[wasm_bindgen_test(unsupported = test)]
fn mining_payments_and_a_deep_reorg_replay_to_the_same_state() {
    let world = eventful();
    for index in [ALICE, BOB] {
        check_replay(index, &forgetful(index), START, &world.nodes[index]);
    }
}

/// Alice crashes with a block and a payment not yet stored, and starts again from her store: her second life is a recording
/// of its own, which begins with what the store held.
#[wasm_bindgen_test(unsupported = test)]
fn a_crash_and_a_restart_replay() {
    let mut world = eventful();
    world.nodes[ALICE].held_writes = Some(Vec::new());
    let payment = world.payment(BOB, "2");
    assert_eq!(world.command(ALICE, payment), None);
    world.mine(ALICE, 1);
    check_replay(ALICE, &forgetful(ALICE), START, &world.nodes[ALICE]);
    world.cut_all(ALICE);

    let start = world.now;
    let records = world.nodes[ALICE].store.iter().map(|(key, value)| Record::from_bytes(key, value).unwrap());
    let records: Vec<Record> = records.collect();
    let mut fresh = World::of(vec![node_with(ALICE, forgetful(ALICE), start)]);
    std::mem::swap(&mut fresh.nodes[0], &mut world.nodes[ALICE]);
    world.nodes[ALICE].store = std::mem::take(&mut fresh.nodes[0].store);
    for half in records.chunks(records.len() / 2 + 1) {
        world.input(ALICE, Input::RecordsLoaded(half.to_vec()));
    }
    world.input(ALICE, Input::AllRecordsLoaded);
    world.settle();
    world.connect(BOB, ALICE);
    world.mine(ALICE, 2);
    assert_eq!(world.tip(BOB), world.tip(ALICE));
    check_replay(ALICE, &forgetful(ALICE), start, &world.nodes[ALICE]);
}

/// More inputs than lie between two checkpoints; and pieces of any size say the same.
#[wasm_bindgen_test(unsupported = test)]
fn a_long_recording_has_checkpoints_and_may_come_in_pieces() {
    let mut world = World::connected(2);
    world.mine(ALICE, 300);
    let bytes = check_replay(ALICE, &config(ALICE), START, &world.nodes[ALICE]);
    let whole = replay(&bytes).unwrap();
    assert!(whole.checkpoints > 1, "{}", whole.inputs);
    for size in [1, 7, 4_096] {
        let mut pieces = Replay::new();
        for piece in bytes.chunks(size) {
            pieces.push(piece).unwrap();
        }
        let life = pieces.finish().unwrap();
        assert_eq!((life.inputs, life.node.state_hash()), (whole.inputs, whole.node.state_hash()));
    }
}

/// The order to pay is on the record as the signed transfer; neither the seed of the key nor the order itself is.
#[wasm_bindgen_test(unsupported = test)]
fn no_secret_is_recorded() {
    let world = eventful();
    let (bytes, _) = record(ALICE, &forgetful(ALICE), START, &world.nodes[ALICE], DEFAULT_MAX_BYTES);
    // Her seed is 32 times this byte; not even half of it is there.
    assert!(!bytes.windows(16).any(|window| window == [1; 16]));
    let alice = SecretKey::from_seed([1; 32]).public_key();
    assert!(bytes.windows(32).any(|window| window == alice.0), "the public key is there");
    let orders = commands(&bytes);
    assert!(orders.iter().any(|command| matches!(command, Command::Submit { .. })));
    assert!(!orders.iter().any(|command| matches!(command, Command::Pay { .. })));
}

fn commands(bytes: &[u8]) -> Vec<Command> {
    let commands = entries(bytes).into_iter().filter_map(|entry| match entry.content {
        Content::Input(Input::Command { command, .. }) => Some(command),
        _ => None,
    });
    commands.collect()
}

fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut reader = RecordingReader::new();
    let mut entries = Vec::new();
    while let Some(part) = reader.next_part(&mut bytes).unwrap() {
        if let Part::Entry(entry) = part {
            entries.push(entry);
        }
    }
    entries
}

/// A node without its secret key does everything but sign, and says so.
#[wasm_bindgen_test(unsupported = test)]
fn a_node_without_a_secret_key_refuses_to_pay_in_words() {
    let public_key = SecretKey::from_seed([1; 32]).public_key();
    let mut node = Node::without_secret_key(config(ALICE), Params::regtest(), public_key, START);
    assert_eq!(node.id(), public_key.node_id());
    let command = Command::Pay { recipient: node.address(), amount: Amount::COIN, fee: None, memo: Memo::default() };
    let mut recorder = Recorder::new(config(ALICE), Params::regtest(), public_key, START, DEFAULT_MAX_BYTES);
    let input = recorder.record(&node, START, Input::Command { id: CommandId(1), command });
    node.handle(START, input);
    let answers = std::iter::from_fn(|| node.poll_output()).filter_map(|output| match output {
        Output::Event(Event::Answer { answer, .. }) => Some(answer),
        _ => None,
    });
    let answers: Vec<Answer> = answers.collect();
    assert!(matches!(&answers[..], [Answer::Refused { reason }] if reason.contains("no secret key")), "{answers:?}");
}

/// The recording ends with a checkpoint below its limit, and the node lives on.
#[wasm_bindgen_test(unsupported = test)]
fn a_recording_keeps_to_its_limit() {
    let world = eventful();
    let driven = &world.nodes[ALICE];
    let (whole, _) = record(ALICE, &forgetful(ALICE), START, driven, DEFAULT_MAX_BYTES);
    for limit in [1_000, 5_000, 20_000] {
        let (bytes, node) = record(ALICE, &forgetful(ALICE), START, driven, limit);
        assert!(bytes.len() as u64 <= limit && bytes.len() as u64 * 2 > limit, "{} of {limit}", bytes.len());
        assert_eq!(node.state_hash(), driven.node.state_hash(), "the node has seen everything");
        let life = replay(&bytes).unwrap();
        assert_eq!((life.ending, life.checkpoints), (Ending::Limit, 1));
        let common = whole.iter().zip(&bytes).take_while(|(a, b)| a == b).count();
        assert!(common + 100 > bytes.len(), "up to its end it is the same recording");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_recording_that_breaks_off_is_replayed_up_to_there() {
    let world = eventful();
    let driven = &world.nodes[BOB];
    let (bytes, _) = record(BOB, &forgetful(BOB), START, driven, DEFAULT_MAX_BYTES);
    let half = replay(&bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(half.ending, Ending::BrokenOff);
    let mut node = node_with(BOB, forgetful(BOB), START);
    let inputs = usize::try_from(half.inputs).unwrap();
    assert!(inputs > 10);
    for (now, input) in &driven.recorded[..inputs] {
        node.handle(*now, input.clone());
    }
    assert_eq!(half.node.state_hash(), node.state_hash());
    for length in [0, 5, 8, 40] {
        assert_eq!(replay(&bytes[..length]).unwrap_err(), RecordingError::NoStart);
    }
}

/// The first checkpoint that differs is named, with its time.
#[wasm_bindgen_test(unsupported = test)]
fn a_state_that_differs_is_named() {
    let public_key = SecretKey::from_seed([1; 32]).public_key();
    let mut recorder = Recorder::new(config(ALICE), Params::regtest(), public_key, START, DEFAULT_MAX_BYTES);
    let node = node_with(ALICE, config(ALICE), START);
    recorder.record(&node, START, Input::AllRecordsLoaded);
    // The recorded node was given something else.
    let mut other = node_with(ALICE, config(ALICE), START);
    let command = Command::Rename { name: "mallory".into() };
    other.handle(START, Input::Command { id: CommandId(1), command });
    let end = START.plus_millis(5);
    recorder.finish(&other, end);
    let differs =
        RecordingError::StateDiffers { entry: 2, time: end, recorded: other.state_hash(), replayed: node.state_hash() };
    assert_eq!(replay(&recorder.take_bytes()).unwrap_err(), differs);
}

/// Small differences that decide what a node does next are differences of state.
#[wasm_bindgen_test(unsupported = test)]
fn the_state_hash_tells_nodes_apart() {
    let fresh = || node_with(ALICE, config(ALICE), START);
    let after = |inputs: &[Input]| {
        let mut node = fresh();
        for input in inputs {
            node.handle(START, input.clone());
        }
        node.state_hash()
    };
    let connected = |id, we_initiated| Input::PeerConnected { peer: PeerId(id), node: NodeId([9; 8]), we_initiated };
    let mining = |blocks, limit| {
        let command = Command::StartMining { blocks, limit };
        Input::Command { id: CommandId(1), command }
    };
    let block = block_on(&genesis(), 1, START.seconds());
    let loaded = Input::RecordsLoaded(vec![Record::Block { arrival: 1, block: Box::new(block) }]);
    let garbage = Input::FrameReceived { peer: PeerId(1), frame: Message::Ping(1).to_frame()[..3].to_vec().into() };
    let mut hashes = vec![
        fresh().state_hash(),
        after(&[connected(1, true)]),
        after(&[connected(2, true)]),
        after(&[connected(1, false)]),
        after(&[connected(1, true), garbage]),
        after(&[mining(None, None)]),
        after(&[mining(Some(1), None)]),
        after(&[mining(None, Some(HashrateLimit::HashesPerSecond(1.0)))]),
        after(&[mining(None, Some(HashrateLimit::MachineShare(1.0)))]),
        after(&[loaded]),
    ];
    // What is only shown is no state.
    assert_eq!(after(&[Input::HashrateMeasured(7.0)]), hashes[0]);
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 10);
}

/// What a native relay recorded is lived again to the same state natively and on wasm32.
#[wasm_bindgen_test(unsupported = test)]
fn a_real_relays_session_replays_on_every_target() {
    let life = replay(RELAY_SESSION).unwrap();
    assert_eq!(life.ending, Ending::Stopped);
    let hash = hex::encode(life.node.state_hash());
    assert_eq!((life.inputs, life.node.chain().height(), hash.as_str()), RELAY_SESSION_ENDS_AT);
}

fn every_input() -> Vec<Input> {
    let block = Box::new(block_on(&genesis(), 1, START.seconds()));
    let key = SecretKey::from_seed([7; 32]);
    let payment = Payment {
        recipient: key.public_key().address(),
        amount: Amount::COIN,
        fee: Amount::ZERO,
        nonce: u64::MAX,
        memo: Memo::new("für dich").unwrap(),
    };
    let transfer = Box::new(Transfer::sign(Params::regtest().network_id(), &key, payment.clone()));
    let command = |command| Input::Command { id: CommandId(1 << 60), command };
    let Payment { recipient, amount, memo, .. } = payment;
    vec![
        Input::PeerConnected { peer: PeerId(u64::MAX), node: NodeId([3; 8]), we_initiated: true },
        Input::PeerDisconnected { peer: PeerId(1) },
        Input::FrameReceived { peer: PeerId(2), frame: Vec::new().into() },
        Input::FrameReceived { peer: PeerId(2), frame: vec![0xab; 70_000].into() },
        Input::TimerFired(Timer::Ping),
        Input::TimerFired(Timer::Overdue),
        Input::TimerFired(Timer::Template),
        Input::TimerFired(Timer::HeldBlock),
        Input::TimerFired(Timer::Announce),
        Input::NonceFound(Solution { job: 3, version: 0x2fff_ffff, nonce: u32::MAX }),
        Input::HashrateMeasured(0.1 + 0.2),
        Input::HashrateMeasured(f64::INFINITY),
        command(Command::Pay { recipient, amount, fee: None, memo: memo.clone() }),
        command(Command::Pay { recipient, amount, fee: Some(Amount::MAX), memo }),
        command(Command::Submit { transfer: transfer.clone() }),
        command(Command::StartMining { blocks: None, limit: None }),
        command(Command::StartMining { blocks: Some(0), limit: Some(HashrateLimit::HashesPerSecond(-1e-300)) }),
        command(Command::StartMining { blocks: None, limit: Some(HashrateLimit::MachineShare(0.25)) }),
        command(Command::StopMining),
        command(Command::MineOn { parent: genesis().hash() }),
        command(Command::Rename { name: "x".repeat(1_000) }),
        command(Command::ShowChain { above: vec![genesis().hash(); 2] }),
        command(Command::CompareTip { hash: genesis().hash(), height: 7 }),
        Input::RecordsLoaded(Vec::new()),
        Input::RecordsLoaded(vec![
            Record::Block { arrival: u64::MAX, block: block.clone() },
            Record::Mempool(transfer.clone()),
        ]),
        Input::AllRecordsLoaded,
        Input::Loaded { id: LoadId(4), records: vec![None, Some(Record::Block { arrival: 0, block }), None] },
        Input::Stored(StoreId(5)),
        Input::StoreFailed { id: StoreId(6), reason: "kein Platz".into() },
    ]
}

#[wasm_bindgen_test(unsupported = test)]
fn every_kind_of_input_round_trips() {
    for input in every_input() {
        let bytes = input.to_bytes();
        let decoded = Input::from_bytes(&bytes).unwrap_or_else(|error| panic!("{input:?}: {error}"));
        assert_eq!(format!("{decoded:?}"), format!("{input:?}"));
        assert_eq!(decoded.to_bytes(), bytes);
        assert_eq!(Input::from_bytes(&bytes[..bytes.len() - 1]).unwrap_err(), DecodeError::Truncated, "{input:?}");
    }
}

/// JSON can say the same thing in many ways, and a network may break the rules for networks.
#[wasm_bindgen_test(unsupported = test)]
fn a_start_has_one_encoding_and_a_sound_network() {
    let public_key = SecretKey::from_seed([1; 32]).public_key();
    let start = |params| Start { config: config(ALICE), params, public_key, time: START }.to_bytes();
    let bytes = start(Params::regtest());
    assert_eq!(Start::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    let broken = start(Params { spacing: 0, ..Params::regtest() });
    assert!(matches!(Start::from_bytes(&broken), Err(DecodeError::Unknown { .. })));

    let json = serde_json::to_string(&Params::regtest()).unwrap();
    let (mut text, mut spaced) = (Vec::new(), Vec::new());
    encode_text(&json, &mut text);
    encode_text(&format!("{json} "), &mut spaced);
    let place = bytes.windows(text.len()).position(|window| window == text).unwrap();
    let other = [&bytes[..place], &spaced, &bytes[place + text.len()..]].concat();
    assert!(matches!(Start::from_bytes(&other), Err(DecodeError::Unknown { .. })));
}

/// Rubbish is refused at its first byte, other versions and huge entries by their first few; nothing follows the end.
#[wasm_bindgen_test(unsupported = test)]
fn what_is_no_recording_is_refused_in_words() {
    assert_eq!(replay(b"\x7fELF").unwrap_err(), RecordingError::NotARecording);
    let mut newer = MAGIC;
    newer[7] = 9;
    assert_eq!(replay(&newer).unwrap_err(), RecordingError::OtherVersion { found: 9 });
    let length = u32::try_from(MAX_ENTRY_BYTES).unwrap() + 1;
    let huge = [&MAGIC[..], &length.to_le_bytes()].concat();
    assert_eq!(replay(&huge).unwrap_err(), RecordingError::TooLong { entry: 0, length });
    let mut longer = RELAY_SESSION.to_vec();
    longer.push(0);
    assert!(matches!(replay(&longer), Err(RecordingError::BytesAfterEnd { .. })));
}

/// A short life with a bit of everything: what the properties below change byte by byte.
fn short_recording() -> Vec<u8> {
    let mut world = World::connected(2);
    world.mine(ALICE, 2);
    world.pay(ALICE, BOB, "1");
    world.mine(BOB, 1);
    record(ALICE, &config(ALICE), START, &world.nodes[ALICE], DEFAULT_MAX_BYTES).0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Never a panic, and never the sound end of another life.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_changed_byte_shows(changes in prop::collection::vec((any::<prop::sample::Index>(), 1..=u8::MAX), 8)) {
        let bytes = short_recording();
        for (place, difference) in changes {
            let mut changed = bytes.clone();
            let place = place.index(changed.len());
            changed[place] ^= difference;
            let outcome = replay(&changed);
            prop_assert!(outcome.is_err() || outcome.is_ok_and(|life| life.ending == Ending::BrokenOff), "byte {place}");
        }
    }

    /// An author of recordings may sign what he likes; the node still does not panic.
    #[wasm_bindgen_test(unsupported = test)]
    fn any_inputs_at_any_time_are_survived(
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<u64>(), any::<bool>()), 1..40),
    ) {
        let inputs = every_input();
        let mut node = node_with(ALICE, config(ALICE), START);
        for (pick, time, near) in picks {
            let time = if near { Time(START.0 + time % 1_000_000) } else { Time(time) };
            node.handle(time, inputs[pick.index(inputs.len())].clone());
            while node.poll_output().is_some() {}
        }
        prop_assert_eq!(node.state_hash(), node.state_hash());
    }
}
