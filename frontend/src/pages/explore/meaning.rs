//! What the fields of a block are called, and what each is good for.

use crate::explore::anatomy::Meaning;
use crate::text;

/// The field's name: in a header the protocol's own.
pub fn name(meaning: Meaning) -> String {
    match meaning {
        Meaning::Version => "version".to_owned(),
        Meaning::PrevBlockhash => "prev_blockhash".to_owned(),
        Meaning::MerkleRoot => "merkle_root".to_owned(),
        Meaning::Time => "time".to_owned(),
        Meaning::Bits => "bits".to_owned(),
        Meaning::Nonce | Meaning::TransactionNonce => "nonce".to_owned(),
        Meaning::TransactionVersion => text!("explore-field-version"),
        Meaning::TransactionCount => text!("explore-field-count"),
        Meaning::Kind => text!("explore-field-kind"),
        Meaning::Height => text!("explore-field-height"),
        Meaning::Network => text!("explore-field-network"),
        Meaning::Sender => text!("explore-field-sender"),
        Meaning::Recipient => text!("explore-field-recipient"),
        Meaning::Reward => text!("explore-field-reward"),
        Meaning::Amount => text!("explore-field-amount"),
        Meaning::Fee => text!("explore-field-fee"),
        Meaning::Text => text!("explore-field-text"),
        Meaning::Signature => text!("explore-field-signature"),
    }
}

/// What a header's field is good for, in a sentence.
pub fn purpose(meaning: Meaning) -> Option<String> {
    match meaning {
        Meaning::Version => Some(text!("explore-why-version")),
        Meaning::PrevBlockhash => Some(text!("explore-why-prev-blockhash")),
        Meaning::MerkleRoot => Some(text!("explore-why-merkle-root")),
        Meaning::Time => Some(text!("explore-why-time")),
        Meaning::Bits => Some(text!("explore-why-bits")),
        Meaning::Nonce => Some(text!("explore-why-nonce")),
        _ => None,
    }
}
