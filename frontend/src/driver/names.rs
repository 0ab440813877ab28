//! What a new node calls itself until its person says otherwise: two words, since every device's first tab would be the
//! same "alice" to the rest of the class. 64 times 64 of them: of thirty, two are alike in one class of ten, and the page
//! says so to both.

use crate::browser;

const FIRST: [&str; 64] = [
    "amber", "azure", "bold", "brave", "brisk", "bright", "calm", "civil", "clever", "coral", "cosy", "crisp",
    "daring", "deft", "eager", "early", "fair", "fancy", "fleet", "fond", "frank", "gentle", "glad", "golden", "grand",
    "green", "happy", "hardy", "honest", "humble", "ivory", "jolly", "keen", "kind", "lively", "loyal", "lucky",
    "mellow", "merry", "mild", "modest", "neat", "nimble", "noble", "olive", "plucky", "polite", "proud", "quick",
    "quiet", "rapid", "rosy", "royal", "sharp", "silver", "steady", "sunny", "swift", "tidy", "trusty", "vivid",
    "warm", "witty", "zesty",
];

const SECOND: [&str; 64] = [
    "badger", "beaver", "bison", "camel", "canary", "cat", "condor", "crane", "cricket", "curlew", "deer", "dolphin",
    "dove", "duck", "eagle", "egret", "falcon", "ferret", "finch", "fox", "gecko", "goat", "goose", "hare", "heron",
    "horse", "ibis", "jackdaw", "koala", "lark", "lemur", "linnet", "llama", "lynx", "magpie", "marten", "mole",
    "moose", "newt", "otter", "owl", "panda", "parrot", "pelican", "plover", "pony", "puffin", "quail", "rabbit",
    "raven", "robin", "salmon", "seal", "sparrow", "stork", "swan", "tapir", "tern", "thrush", "tiger", "turtle",
    "walrus", "whale", "wren",
];

pub fn draw() -> String {
    let [first, second] = browser::random_bytes::<2>().map(|byte| usize::from(byte % 64));
    format!("{}-{}", FIRST[first], SECOND[second])
}
