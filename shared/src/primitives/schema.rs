//! What these values look like in JSON, for the `OpenAPI` description of the relay (feature `openapi`). Their text forms are
//! decided by their own `Serialize`; the tests of the relay hold the two together.

use std::borrow::Cow;

use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Address, Amount, BlockHash, CompactTarget, Header, Memo, MerkleRoot, NetworkId, NodeId, Txid, Work};

/// Describes types that are text in JSON.
macro_rules! text {
    ($($name:ident: $description:literal, $pattern:literal, $example:literal;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .pattern(Some($pattern))
                    .examples([$example])
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

text! {
    BlockHash: "SHA-256d of a header, as Bitcoin's tools print it", "^[0-9a-f]{64}$",
        "4d25ea3d1ad4ffbf6f8f1f1dfd47a46d1f7cc7f3bb4e4a36a0a56fda0bf02c5d";
    Txid: "SHA-256d of a whole transaction", "^[0-9a-f]{64}$",
        "b2c1d0e9f8a7968574635241302f1e0db2c1d0e9f8a7968574635241302f1e0d";
    MerkleRoot: "A hash in a Merkle tree over txids", "^[0-9a-f]{64}$",
        "9a3c41b2e5d6f7089a3c41b2e5d6f7089a3c41b2e5d6f7089a3c41b2e5d6f708";
    NetworkId: "The first bytes of the genesis hash", "^[0-9a-f]{8}$", "f9beb4d9";
    NodeId: "The first bytes of the hash of a node's public key", "^[0-9a-f]{16}$", "5f3c9a1e02b4d687";
    Address: "Where coins belong: bech32m of a hash of a public key", "^tab1[02-9ac-hj-np-z]{38}$",
        "tab1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnu7cw5l";
    Amount: "Coins, with up to eight decimals", "^[0-9]+(\\.[0-9]{1,8})?$", "12.5";
    Memo: "A note of at most 80 bytes", "^[^\\x00]{0,80}$", "for lunch";
    CompactTarget: "nBits, a target in compact form", "^[0-9a-f]{8}$", "1d00ffff";
    Work: "Expected hashes, as a number of 256 bits", "^[0-9a-f]{64}$",
        "0000000000000000000000000000000000000000000000000000000100010001";
    Header: "The 80 bytes of a header", "^[0-9a-f]{160}$",
        "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c";
}
