//! Commands: what a person, or the host on a node that follows it, asks of this node.

use super::Node;
use super::io::{Answer, Command, CommandId, Event};
use super::role::Role;
use super::storage::{Effect, mempool_changes};
use crate::mempool::{MempoolError, Update};
use crate::primitives::transaction::Payment;
use crate::primitives::{Address, Amount, Memo, Transfer, Txid};
use crate::wire::message::MAX_NAME_BYTES;

/// Fee of a payment whose sender names none: well above the floor, and still small change (0.001 TAB).
pub const DEFAULT_FEE: Amount = match Amount::from_units(100_000) {
    Some(fee) => fee,
    None => panic!("below the maximum"),
};

impl Node {
    pub(super) fn command(&mut self, id: CommandId, command: Command) {
        let answer = match command {
            Command::Pay { recipient, amount, fee, memo } => match self.sign_payment(recipient, amount, fee, memo) {
                Some(transfer) => self.submit(id, transfer),
                None => Some(refused("this node has no secret key to sign with; sign the payment elsewhere")),
            },
            Command::Submit { transfer } => self.submit(id, *transfer),
            Command::StartMining { blocks, limit } => Some(self.start_mining(blocks, limit)),
            Command::StopMining => {
                self.stop_mining();
                Some(Answer::Done)
            }
            Command::MineOn { parent } => Some(self.mine_on(parent)),
            Command::Rename { name } => Some(self.rename(&name)),
            Command::CompareTip { hash, height } => Some(self.compare_tip(hash, height)),
            Command::Play { role: Role::Honest } => Some(Answer::Done),
            Command::Play { .. } => Some(refused("only tabs play roles; a relay's own node is always honest")),
            Command::ShowChain { above } => Some(Answer::Chain { blocks: self.shown_chain(&above) }),
        };
        if let Some(answer) = answer {
            self.emit(Event::Answer { id, answer });
        }
        self.emit(Event::Changed);
    }

    /// The transfer that [`Command::Pay`] would send now, signed. `None` without a secret key.
    pub fn sign_payment(
        &self,
        recipient: Address,
        amount: Amount,
        fee: Option<Amount>,
        memo: Memo,
    ) -> Option<Transfer> {
        let nonce = self.mempool.next_nonce(&self.address, self.chain.ledger());
        let payment = Payment { recipient, amount, fee: fee.unwrap_or(DEFAULT_FEE), nonce, memo };
        Some(Transfer::sign(self.chain.network(), self.secret_key.as_ref()?, payment))
    }

    /// `None` when the answer waits for the store.
    fn submit(&mut self, id: CommandId, transfer: Transfer) -> Option<Answer> {
        if let Some(reason) = self.cannot_pay() {
            return Some(refused(reason));
        }
        match self.admit(transfer, Some(id)) {
            Ok(_) => None,
            Err(error) => Some(refused(&error.to_string())),
        }
    }

    /// Takes a transfer into the mempool; once it is stored it is announced, and `command` is answered.
    pub(super) fn admit(&mut self, transfer: Transfer, command: Option<CommandId>) -> Result<Txid, MempoolError> {
        let txid = transfer.txid();
        let removed = self.mempool.admit(transfer, self.chain.ledger(), self.chain.network())?;
        let txids = removed.iter().map(Transfer::txid).collect();
        self.remember_let_go(removed);
        let update = Update { removed: txids, returned: vec![txid], ..Update::default() };
        let changes = mempool_changes(&self.mempool, &update).collect();
        let mut effects = vec![Effect::AnnounceTransactions(vec![txid])];
        effects.extend(command.map(|id| Effect::Answer(id, Answer::Accepted { txid })));
        self.store_then(changes, effects);
        self.renew_job_soon();
        self.emit(Event::Changed);
        Ok(txid)
    }

    fn rename(&mut self, name: &str) -> Answer {
        let name = name.trim();
        if name.is_empty() {
            return refused("a node needs a name");
        }
        if name.chars().any(char::is_control) {
            return refused("a name is one line of ordinary characters");
        }
        if name.len() > MAX_NAME_BYTES {
            return refused("this name is too long; at most 64 letters");
        }
        name.clone_into(&mut self.config.name);
        // The name is in the coinbase of the next block.
        self.renew_job();
        Answer::Done
    }
}

fn refused(reason: &str) -> Answer {
    Answer::Refused { reason: reason.to_owned() }
}
