//! What makes a transfer invalid.

use crate::primitives::keys::batch::SignatureBatch;
use crate::primitives::{Amount, NetworkId, Transfer};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TxError {
    #[error("wrong-network: signed for network {found}, this is {expected}")]
    WrongNetwork { found: NetworkId, expected: NetworkId },
    #[error("zero-amount: a transfer moves more than nothing")]
    ZeroAmount,
    #[error("cost-overflow: amount and fee together exceed all coins that can exist")]
    CostOverflow,
    #[error("bad-signature: the signature does not match the sender's key")]
    BadSignature,
    #[error("nonce-used: nonce {found} was used already, the next is {expected}")]
    NonceUsed { found: u64, expected: u64 },
    #[error("nonce-gap: nonce {found} is ahead of the next, {expected}")]
    NonceGap { found: u64, expected: u64 },
    #[error("insufficient-balance: {balance} available, {cost} needed")]
    InsufficientBalance { balance: Amount, cost: Amount },
}

/// One account. Those that never held anything are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    pub balance: Amount,
    pub next_nonce: u64,
}

/// Context-free: network and amounts, then the signature, which is the costly one.
pub fn check_transfer(transfer: &Transfer, network: NetworkId) -> Result<(), TxError> {
    check_unsigned(transfer, network)?;
    if !transfer.has_valid_signature() {
        return Err(TxError::BadSignature);
    }
    Ok(())
}

/// As [`check_transfer`], of every transfer before any signature, and the signatures in one batch. Names the offender by
/// its index.
pub fn check_transfers(transfers: &[Transfer], network: NetworkId) -> Result<(), (usize, TxError)> {
    for (index, transfer) in transfers.iter().enumerate() {
        check_unsigned(transfer, network).map_err(|error| (index, error))?;
    }
    let mut signatures = SignatureBatch::default();
    for transfer in transfers {
        signatures.push(&transfer.sender, &transfer.signature, &transfer.signed_bytes());
    }
    signatures.first_invalid().map_or(Ok(()), |index| Err((index, TxError::BadSignature)))
}

fn check_unsigned(transfer: &Transfer, network: NetworkId) -> Result<(), TxError> {
    if transfer.network != network {
        return Err(TxError::WrongNetwork { found: transfer.network, expected: network });
    }
    if transfer.amount == Amount::ZERO {
        return Err(TxError::ZeroAmount);
    }
    if transfer.cost().is_none() {
        return Err(TxError::CostOverflow);
    }
    Ok(())
}

/// Contextual: the sender's account must expect this nonce and hold the cost. Returns the sender's account afterwards.
pub fn check_transfer_in_context(transfer: &Transfer, sender: Account) -> Result<Account, TxError> {
    let (found, expected) = (transfer.nonce, sender.next_nonce);
    if found < expected {
        return Err(TxError::NonceUsed { found, expected });
    }
    if found > expected {
        return Err(TxError::NonceGap { found, expected });
    }
    let cost = transfer.cost().ok_or(TxError::CostOverflow)?;
    let balance =
        sender.balance.checked_sub(cost).ok_or(TxError::InsufficientBalance { balance: sender.balance, cost })?;
    Ok(Account { balance, next_nonce: expected + 1 })
}
