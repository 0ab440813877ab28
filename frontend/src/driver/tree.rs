//! What the page's picture of the tree asks: answered from the node's memory, and an old block from the storage.

use tabchain_shared::chain::store::{Key, Record};
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::Node;
use tabchain_shared::node::io::CommandId;
use tabchain_shared::node::snapshot::BlockView;
use tabchain_shared::node::timeline::MAX_HAPPENINGS;
use tabchain_shared::primitives::{BlockHash, Encode};

use super::Driver;
use crate::bridge::{FromWorker, TreeAnswer, TreeQuestion};
use crate::browser;

impl Driver {
    pub(super) fn tree_asked(&self, id: CommandId, question: TreeQuestion) {
        let node = self.resident.as_ref().map(|resident| &resident.node);
        let answer = match question {
            TreeQuestion::Part { from, limit } => node.map(|node| TreeAnswer::Part(node.tree_part(from, limit))),
            TreeQuestion::Overview { from, to } => node.map(|node| TreeAnswer::Overview(node.tree_overview(from, to))),
            TreeQuestion::Block { hash } => match node.and_then(|node| node.block_view(&hash)) {
                Some(view) => Some(TreeAnswer::Block(view)),
                None => return self.read_block(id, hash),
            },
            TreeQuestion::Timeline { from } => {
                node.map(|node| TreeAnswer::Timeline(node.timeline_part(from, MAX_HAPPENINGS)))
            }
            TreeQuestion::Fork { block } => node.map(|node| TreeAnswer::Fork(fork_record(node, block))),
            TreeQuestion::Body { hash } => {
                let body = node.and_then(|node| node.chain().body(&hash));
                body.map(|body| TreeAnswer::Body(body.to_block().to_bytes()))
            }
            TreeQuestion::Transfer { txid } => {
                let transfer = node.and_then(|node| node.mempool().get(&txid));
                transfer.map(|transfer| TreeAnswer::Transfer(Box::new(transfer.clone())))
            }
        };
        browser::post_to_parent(&FromWorker::Tree { id, answer });
    }

    /// A block that memory no longer holds.
    fn read_block(&self, id: CommandId, hash: BlockHash) {
        let found = self.resident.as_ref().and_then(|resident| {
            let place = resident.node.block_place(&hash)?;
            Some((place, resident.storage.read(&[Key::Block { height: place.height, hash }])))
        });
        wasm_bindgen_futures::spawn_local(async move {
            let view = match found {
                Some((place, records)) => match records.await.pop().flatten() {
                    Some(Record::Block { block, .. }) if block.hash() == hash => {
                        CheckedBlock::recall(*block).map(|body| BlockView::new(&body, place))
                    }
                    _ => None,
                },
                None => None,
            };
            browser::post_to_parent(&FromWorker::Tree { id, answer: view.map(TreeAnswer::Block) });
        });
    }
}

fn fork_record(node: &Node, block: BlockHash) -> Result<String, String> {
    let record = node.fork_record(block).map_err(|error| error.to_string())?;
    serde_json::to_string(&record).map_err(|error| error.to_string())
}
