//! The rules once more, slow and obvious: which of the blocks that a program makes are valid, and what the accounts are
//! after each. Written from docs/protocol.md, not from the chain's code; only hashes, targets and signatures are shared
//! with it, which are held against published vectors elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use tabchain_shared::chain::Chain;
use tabchain_shared::chain::block_index::Status;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::difficulty::required_bits;
use tabchain_shared::primitives::{
    Address, Amount, Block, BlockHash, CompactTarget, Encode, Header, NetworkId, Transaction, Transfer, Txid, Work,
    merkle_root,
};

/// Everybody's money after a block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accounts {
    /// Balance in units, and next nonce.
    pub by_address: BTreeMap<Address, (u64, u64)>,
    /// Units that the subsidies brought into circulation.
    pub issued: u64,
}

/// What the model knows of a header that some block had.
#[derive(Debug, Clone)]
pub struct Judged {
    pub header: Header,
    pub height: u32,
    pub chainwork: Work,
    /// The header and all below it keep every rule but the one on future dates.
    pub header_is_valid: bool,
    /// After this block, if it and all below it keep every rule but that one. A header fits one body at most, so this is
    /// known as soon as that body is.
    pub accounts: Option<Rc<Accounts>>,
}

#[derive(Debug)]
pub struct Model {
    params: Params,
    network: NetworkId,
    pub genesis: BlockHash,
    pub judged: HashMap<BlockHash, Judged>,
}

impl Model {
    pub fn new(params: Params) -> Self {
        let header = params.genesis().header;
        let target = header.bits.to_target().expect("the network's parameters are sound");
        let genesis = Judged {
            header,
            height: 0,
            chainwork: target.work(),
            header_is_valid: true,
            accounts: Some(Rc::default()),
        };
        let hash = header.hash();
        Self { network: params.network_id(), params, genesis: hash, judged: HashMap::from([(hash, genesis)]) }
    }

    pub fn params(&self) -> &Params {
        &self.params
    }

    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The bits that a child of `parent` must have. A parent whose own bits mean nothing can have no child; any bits will do.
    pub fn required_bits(&self, parent: &Header) -> CompactTarget {
        if parent.bits.to_target().is_err() {
            return self.params.start_bits;
        }
        let grandparent = self.judged.get(&parent.prev_blockhash).map(|judged| &judged.header);
        required_bits(&self.params, parent, grandparent)
    }

    /// Judges a header. One whose parent is unknown is not judged, so parents come first.
    pub fn learn_header(&mut self, header: &Header) {
        let hash = header.hash();
        if let Some(parent) = self.judged.get(&header.prev_blockhash)
            && !self.judged.contains_key(&hash)
        {
            let judged = self.judge_header(header, parent);
            self.judged.insert(hash, judged);
        }
    }

    /// Judges a block, as far as its parent is known.
    pub fn learn(&mut self, block: &Block) {
        self.learn_header(&block.header);
        let hash = block.hash();
        let Some(parent) = self.judged.get(&block.header.prev_blockhash) else { return };
        let judged = &self.judged[&hash];
        if judged.header_is_valid
            && judged.accounts.is_none()
            && let Some(before) = &parent.accounts
        {
            let accounts = self.connect(block, judged.height, before).map(Rc::new);
            self.judged.get_mut(&hash).expect("just learnt").accounts = accounts;
        }
    }

    /// Whatever came last: the tip is the best valid block that has come, once the chains are weighed and unless a replay
    /// is on its way or impossible; no valid block is condemned; and the ledger is what was computed here from genesis to
    /// the tip.
    pub fn check(&self, chain: &Chain, is_weighed: bool) {
        let index = chain.index();
        let mut best: Option<(Work, u64)> = None;
        let mut best_header = Work::ZERO;
        let mut count = 0;
        for (hash, judged) in &self.judged {
            let Some(entry) = index.get(hash) else { continue };
            count += 1;
            assert!(judged.header_is_valid, "a bad header was kept");
            assert_eq!((entry.height, entry.chainwork), (judged.height, judged.chainwork));
            if entry.status != Status::Invalid {
                best_header = best_header.max(entry.chainwork);
            }
            match entry.status {
                Status::Stored { arrival } if judged.accounts.is_some() => {
                    if best.is_none_or(|(work, at)| entry.chainwork > work || entry.chainwork == work && arrival < at) {
                        best = Some((entry.chainwork, arrival));
                    }
                }
                Status::Invalid => assert!(judged.accounts.is_none(), "a valid block is condemned"),
                Status::Stored { .. } | Status::HeaderOnly => {}
            }
        }
        assert_eq!(count, index.len(), "every header that was kept is known here");
        let tip = chain.tip_entry();
        let Status::Stored { arrival } = tip.status else { panic!("the tip has a body") };
        if is_weighed && chain.replay_progress().is_none() && !chain.is_stuck() {
            assert_eq!(Some((tip.chainwork, arrival)), best, "the tip is the best valid block that has come");
        }
        let header = index.get(&index.best_header()).expect("the best header is indexed");
        assert_eq!(header.chainwork, best_header);

        let judged = &self.judged[&chain.tip()];
        let accounts = judged.accounts.as_ref().expect("the tip is valid");
        let found: BTreeMap<Address, (u64, u64)> = chain
            .ledger()
            .accounts()
            .map(|(address, account)| (*address, (account.balance.units(), account.next_nonce)))
            .collect();
        assert_eq!(found, accounts.by_address);
        assert_eq!(chain.ledger().supply().units(), accounts.issued);
        let allowed: u64 = (0..=judged.height).map(|height| chain.params().subsidy_at(height).units()).sum();
        assert!(accounts.issued <= allowed);
    }

    fn judge_header(&self, header: &Header, parent: &Judged) -> Judged {
        let target = header.bits.to_target().ok();
        let is_met = target.is_some_and(|target| self.params.algorithm.is_met(header, target));
        let header_is_valid = parent.header_is_valid
            && is_met
            && header.bits == self.required_bits(&parent.header)
            && header.time > self.median_time(&parent.header);
        Judged {
            header: *header,
            height: parent.height + 1,
            chainwork: target.map_or(parent.chainwork, |target| parent.chainwork + target.work()),
            header_is_valid,
            accounts: None,
        }
    }

    fn median_time(&self, parent: &Header) -> u32 {
        let mut times = vec![parent.time];
        let mut at = parent;
        while times.len() < 11
            && let Some(judged) = self.judged.get(&at.prev_blockhash)
        {
            at = &judged.header;
            times.push(at.time);
        }
        times.sort_unstable();
        times[times.len() / 2]
    }

    /// The accounts after a block, or `None` if its body does not fit its header or breaks a rule.
    fn connect(&self, block: &Block, height: u32, before: &Accounts) -> Option<Accounts> {
        let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
        let is_unique = txids.iter().enumerate().all(|(position, txid)| !txids[..position].contains(txid));
        // One of 64 bytes could be taken for two hashes of the Merkle tree.
        let has_ambiguous = block.transactions.iter().any(|transaction| transaction.to_bytes().len() == 64);
        let size = block.to_bytes().len();
        if has_ambiguous
            || merkle_root(&txids).root != block.header.merkle_root
            || !is_unique
            || size > self.params.max_block_bytes as usize
        {
            return None;
        }
        let (Transaction::Coinbase(coinbase), rest) = block.transactions.split_first()? else { return None };
        let mut after = before.clone();
        let mut fees = 0;
        for transaction in rest {
            let Transaction::Transfer(transfer) = transaction else { return None };
            self.pay(transfer, &mut after)?;
            fees += transfer.fee.units();
        }
        let reward = coinbase.reward.units();
        if coinbase.height != height || reward > self.params.subsidy_at(height).units() + fees {
            return None;
        }
        if reward > 0 {
            after.by_address.entry(coinbase.recipient).or_default().0 += reward;
        }
        // Fees that nobody claims are gone.
        after.issued = after.issued + reward - fees;
        Some(after)
    }

    fn pay(&self, transfer: &Transfer, accounts: &mut Accounts) -> Option<()> {
        let sender = transfer.sender.address();
        let (balance, nonce) = accounts.by_address.get(&sender).copied().unwrap_or_default();
        let cost = transfer.amount.units() + transfer.fee.units();
        if transfer.network != self.network
            || transfer.amount == Amount::ZERO
            || cost > balance
            || transfer.nonce != nonce
            || !transfer.has_valid_signature()
        {
            return None;
        }
        accounts.by_address.insert(sender, (balance - cost, nonce + 1));
        accounts.by_address.entry(transfer.recipient).or_default().0 += transfer.amount.units();
        Some(())
    }
}
