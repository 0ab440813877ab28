//! Blocks as short ids: who is asked for them, how they are put together, and what becomes of those who spoil them.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, START, World, block_on, block_with, key};
use tabchain_shared::node::io::{Answer, Command, PeerId};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Address, Amount, Block, BlockHash, Header, Memo, Transaction, Transfer, Txid};
use tabchain_shared::wire::compact_block::ShortId;
use tabchain_shared::wire::{BlockTransactions, BlockTransactionsRequest, CompactBlock, InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

/// Alice has mined a block, and has these payments of hers waiting but for those that she never heard of.
struct Scene {
    world: World,
    /// With four payments, on Alice's tip.
    block: Block,
    peer: PeerId,
}

fn payment(world: &World, nonce: u64) -> Transfer {
    let payment = Payment {
        recipient: Address([7; 20]),
        amount: Amount::COIN,
        fee: Amount::from_units(1_000).unwrap(),
        nonce,
        memo: Memo::default(),
    };
    Transfer::sign(world.nodes[ALICE].node.chain().network(), &key(ALICE), payment)
}

fn tip(world: &World) -> Header {
    world.nodes[ALICE].node.chain().tip_entry().header
}

impl Scene {
    /// Alice knows the payments with these nonces, and is asked for nothing yet.
    fn new(known: &[u64]) -> Self {
        let mut world = World::new(1);
        world.mine(ALICE, 1);
        let payments: Vec<Transfer> = (0..4).map(|nonce| payment(&world, nonce)).collect();
        for nonce in known {
            let transfer = Box::new(payments[usize::try_from(*nonce).unwrap()].clone());
            let answer = world.command(ALICE, Command::Submit { transfer });
            assert!(matches!(answer, Some(Answer::Accepted { .. })), "{answer:?}");
        }
        let block = block_with(&tip(&world), 2, START.seconds() + 10, &payments);
        let peer = world.guest(ALICE, 9);
        Self { world, block, peer }
    }

    fn hash(&self) -> BlockHash {
        self.block.hash()
    }

    fn says(&mut self, message: &Message) {
        self.world.to_test.clear();
        self.world.says(ALICE, self.peer, message);
    }

    /// What Alice has sent to the peer since it last spoke, announcements aside.
    fn heard(&self) -> Vec<&Message> {
        let asked = self.world.to_test.iter().filter(|(to, _)| *to == self.peer).map(|(_, message)| message);
        asked.filter(|message| !matches!(message, Message::Headers(_) | Message::Inv(_) | Message::Ping(_))).collect()
    }

    /// The peer announces the block, Alice asks for its compact form and gets it.
    fn show(&mut self, compact: CompactBlock) {
        self.says(&Message::Headers(vec![self.block.header]));
        let asked = Message::GetData(vec![InventoryItem::CompactBlock(self.hash())]);
        assert_eq!(self.heard(), [&asked]);
        self.says(&Message::CompactBlock(Box::new(compact)));
    }

    fn compact(&self) -> CompactBlock {
        let txids: Vec<Txid> = self.block.transactions.iter().map(Transaction::txid).collect();
        CompactBlock::new(self.block.header, 5, self.block.transactions[0].clone(), &txids)
    }

    fn assert_missing(&self, indices: &[usize]) {
        let request = BlockTransactionsRequest { block: self.hash(), indices: indices.to_vec() };
        assert_eq!(self.heard(), [&Message::GetBlockTransactions(request)]);
    }

    fn assert_asked_in_full(&self) {
        assert_eq!(self.heard(), [&Message::GetData(vec![InventoryItem::Block(self.hash())])]);
    }

    fn transactions(&self, indices: &[usize]) -> Message {
        let transactions = indices.iter().map(|index| self.block.transactions[*index].clone()).collect();
        Message::BlockTransactions(BlockTransactions { block: self.hash(), transactions })
    }

    /// The peer shows the block itself, has lost nothing by what happened, and Alice has the block.
    fn assert_full_block_helps(&mut self) {
        self.says(&Message::Block(Box::new(self.block.clone())));
        assert_eq!(self.world.tip(ALICE), self.hash());
        assert_eq!(self.world.disconnected, []);
        // A single misdeed of five more points would cost the link now if there had been score.
        for _ in 0..4 {
            self.world.input(
                ALICE,
                tabchain_shared::node::Input::FrameReceived { peer: self.peer, frame: vec![9, 1].into() },
            );
        }
        assert_eq!(self.world.disconnected, []);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_block_of_known_payments_takes_no_more_than_its_short_ids() {
    let mut scene = Scene::new(&[0, 1, 2, 3]);
    scene.show(scene.compact());
    assert_eq!(scene.heard(), Vec::<&Message>::new());
    assert_eq!(scene.world.tip(ALICE), scene.hash());
    assert_eq!(scene.world.nodes[ALICE].node.mempool().len(), 0);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_missing_is_asked_for_by_position() {
    let mut scene = Scene::new(&[0, 1]);
    scene.show(scene.compact());
    scene.assert_missing(&[3, 4]);
    scene.says(&scene.transactions(&[3, 4]));
    assert_eq!(scene.world.tip(ALICE), scene.hash());
}

/// A block with the same payments as a rival of the same height is put together from that rival's.
#[wasm_bindgen_test(unsupported = test)]
fn a_rival_of_the_tip_is_put_together_from_the_tip() {
    let mut scene = Scene::new(&[0, 1, 2, 3]);
    let (parent, first) = (tip(&scene.world), scene.block.clone());
    scene.world.mine(ALICE, 1);
    assert_eq!(scene.world.nodes[ALICE].node.mempool().len(), 0);
    let second = block_on(&first.header, 3, START.seconds() + 20);
    assert_eq!(first.header.prev_blockhash, parent.hash());
    scene.says(&Message::Headers(vec![first.header, second.header]));
    let asked = scene.heard();
    let items = vec![InventoryItem::CompactBlock(first.hash()), InventoryItem::Block(second.hash())];
    assert_eq!(asked, [&Message::GetData(items)]);
    scene.says(&Message::CompactBlock(Box::new(scene.compact())));
    assert_eq!(scene.heard(), Vec::<&Message>::new());
    scene.says(&Message::Block(Box::new(second.clone())));
    assert_eq!(scene.world.tip(ALICE), second.hash());
}

/// CASES 70: two short ids of one block are equal, as can happen to anyone.
#[wasm_bindgen_test(unsupported = test)]
fn short_ids_that_collide_lead_to_the_full_block() {
    let mut scene = Scene::new(&[0, 1, 2, 3]);
    let mut compact = scene.compact();
    compact.short_ids[2] = compact.short_ids[0];
    scene.show(compact);
    scene.assert_asked_in_full();
    scene.assert_full_block_helps();
}

/// CASES 70: another transaction of the mempool has a right short id, so that the Merkle root differs.
#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_transaction_with_a_right_short_id_leads_to_the_full_block() {
    let mut scene = Scene::new(&[0, 1, 2, 3]);
    let mut compact = scene.compact();
    compact.short_ids.swap(0, 1);
    scene.show(compact);
    scene.assert_asked_in_full();
    scene.assert_full_block_helps();
}

/// CASES 70: what comes with `blocktxn` may not fit the rest either.
#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_transaction_in_blocktxn_leads_to_the_full_block() {
    let mut scene = Scene::new(&[0, 1]);
    scene.show(scene.compact());
    scene.assert_missing(&[3, 4]);
    scene.says(&scene.transactions(&[4, 3]));
    scene.assert_asked_in_full();
    scene.assert_full_block_helps();
}

/// CASES 71.
#[wasm_bindgen_test(unsupported = test)]
fn blocktxn_with_another_number_of_transactions_costs_the_link() {
    for indices in [&[3][..], &[3, 4, 4], &[]] {
        let mut scene = Scene::new(&[0, 1]);
        scene.show(scene.compact());
        scene.assert_missing(&[3, 4]);
        scene.says(&scene.transactions(indices));
        scene.world.assert_disconnected(scene.peer, "as many as were asked for");
    }
}

/// CASES 71: who was shown a block knows how many transactions it has.
#[wasm_bindgen_test(unsupported = test)]
fn getblocktxn_beyond_the_end_costs_the_link() {
    let mut scene = Scene::new(&[0, 1, 2, 3]);
    scene.show(scene.compact());
    let ask = |indices| Message::GetBlockTransactions(BlockTransactionsRequest { block: scene.block.hash(), indices });
    let (last, beyond) = (ask(vec![0, 4]), ask(vec![5]));
    scene.says(&last);
    assert_eq!(scene.heard(), [&scene.transactions(&[0, 4])]);
    scene.says(&beyond);
    scene.world.assert_disconnected(scene.peer, "beyond the end");
}

/// CASES 71.
#[wasm_bindgen_test(unsupported = test)]
fn malformed_compact_blocks_cost_the_link() {
    type Spoil = fn(&mut CompactBlock);
    let spoil: [(Spoil, &str); 3] = [
        (|compact| compact.prefilled[0].0 = 5, "at position 5"),
        (|compact| (compact.short_ids.clear(), compact.prefilled.clear()).0, "without transactions"),
        (|compact| compact.short_ids = vec![ShortId([1; 6]); 20_000], "more transactions than a block can hold"),
    ];
    for (spoil, why) in spoil {
        let mut scene = Scene::new(&[]);
        let mut compact = scene.compact();
        spoil(&mut compact);
        scene.show(compact);
        scene.world.assert_disconnected(scene.peer, why);
    }
}

/// CASES 72: compact down to five blocks, single transactions down to ten, and below that the whole block.
#[wasm_bindgen_test(unsupported = test)]
fn deep_blocks_are_given_in_full() {
    let mut world = World::new(1);
    world.mine(ALICE, 20);
    let guest = world.guest(ALICE, 9);
    let at = |world: &World, depth: u32| world.nodes[ALICE].node.chain().hash_at(20 - depth).unwrap();
    for depth in [0, 5, 6, 10, 11, 20] {
        let hash = at(&world, depth);
        world.says(ALICE, guest, &Message::GetData(vec![InventoryItem::CompactBlock(hash)]));
        let request = BlockTransactionsRequest { block: hash, indices: vec![0] };
        world.says(ALICE, guest, &Message::GetBlockTransactions(request));
        let answers: Vec<&str> = world.to_test.drain(..).map(|(_, message)| message.name()).collect();
        let compact = if depth <= 5 { "cmpctblock" } else { "block" };
        let transactions = if depth <= 10 { "blocktxn" } else { "block" };
        assert_eq!(answers, [compact, transactions], "{depth} below the tip");
    }
    let unknown = BlockHash([1; 32]);
    let request = BlockTransactionsRequest { block: unknown, indices: vec![0] };
    world.says(ALICE, guest, &Message::GetBlockTransactions(request));
    assert_eq!(world.to_test, [(guest, Message::NotFound(vec![InventoryItem::Block(unknown)]))]);
}

/// A compact block that nobody asked for is the announcement of its header.
#[wasm_bindgen_test(unsupported = test)]
fn an_unasked_compact_block_announces_a_header() {
    let mut scene = Scene::new(&[0, 1, 2, 3]);
    scene.says(&Message::CompactBlock(Box::new(scene.compact())));
    assert_eq!(scene.heard(), [&Message::GetData(vec![InventoryItem::CompactBlock(scene.hash())])]);
    // Nor is a blocktxn of any use then.
    scene.says(&scene.transactions(&[1]));
    assert_eq!(scene.world.disconnected, []);
    assert_eq!(scene.world.height(ALICE), 1);
}

/// Who leaves it at the compact block is given up on like who sends nothing, and another peer is asked for the full block.
#[wasm_bindgen_test(unsupported = test)]
fn a_compact_block_that_is_not_completed_is_asked_of_another_in_full() {
    let mut scene = Scene::new(&[0, 1]);
    let helpful = scene.world.guest(ALICE, 8);
    scene.show(scene.compact());
    scene.assert_missing(&[3, 4]);
    scene.world.says(ALICE, helpful, &Message::Headers(vec![scene.block.header]));
    scene.world.to_test.clear();
    scene.world.pass(9_000);
    let asked = Message::GetData(vec![InventoryItem::Block(scene.hash())]);
    assert!(scene.world.to_test.contains(&(helpful, asked)), "{:?}", scene.world.to_test);
}

/// However many blocks a peer announces, no more than two of them are pending in compact form.
#[wasm_bindgen_test(unsupported = test)]
fn pending_compact_blocks_are_bounded() {
    let mut world = World::new(1);
    let peers: Vec<PeerId> = (0..12).map(|id| world.guest(ALICE, 20 + id)).collect();
    // Which also tells Alice how small blocks are here.
    let first = block_on(&dialogue::genesis(), 1, START.seconds());
    world.says(ALICE, peers[0], &Message::Headers(vec![first.header]));
    world.says(ALICE, peers[0], &Message::Block(Box::new(first.clone())));
    world.to_test.clear();
    let compact = |world: &World, peer: Option<PeerId>| {
        let to = world.to_test.iter().filter(|(to, _)| peer.is_none_or(|peer| *to == peer));
        let items = to.filter_map(|(_, message)| match message {
            Message::GetData(items) => Some(items.iter().filter(|item| matches!(item, InventoryItem::CompactBlock(_)))),
            _ => None,
        });
        items.flatten().count()
    };
    // Each on a block that has come from elsewhere, and better than the one before.
    let mut parent = first.header;
    for height in 2..6 {
        let rivals = [0, 1].map(|second| block_on(&parent, height, START.seconds() + 2 * height + second));
        world.says(ALICE, peers[0], &Message::Headers(vec![rivals[0].header]));
        world.says(ALICE, peers[1], &Message::Block(Box::new(rivals[1].clone())));
        parent = rivals[1].header;
    }
    assert_eq!(compact(&world, Some(peers[0])), 2);
    for (peer, second) in peers[2..].iter().zip(20..) {
        world.says(ALICE, *peer, &Message::Headers(vec![block_on(&parent, 6, START.seconds() + second).header]));
    }
    assert_eq!(compact(&world, None), 8);
}

/// Two nodes of ours: payments travel once, blocks as short ids.
#[wasm_bindgen_test(unsupported = test)]
fn nodes_give_each_other_compact_blocks() {
    let mut world = World::connected(2);
    world.mine(ALICE, 2);
    assert!(matches!(world.pay(ALICE, BOB, "3"), Answer::Accepted { .. }));
    world.pass(1_000);
    world.nodes[BOB].recorded.clear();
    world.mine(ALICE, 1);
    assert_eq!(world.balance(BOB, BOB), "3");
    let frames = world.nodes[BOB].recorded.iter().filter_map(|(_, input)| match input {
        tabchain_shared::node::Input::FrameReceived { frame, .. } => Message::from_frame(frame).ok(),
        _ => None,
    });
    let names: Vec<&str> = frames.map(|message| message.name()).filter(|name| !name.starts_with('p')).collect();
    assert_eq!(names, ["headers", "cmpctblock"]);
}
