//! Where relays of this network are: the one that the page came from, and those that a relay has told of. Which one is tried next
//! when one does not answer. It knows no browser.

use tabchain_shared::wire::switchboard::MAX_ADDRESSES;

/// Addresses as a browser names an origin, `http://192.168.1.20:8000`; the page's own first, and always there.
#[derive(Debug, Clone)]
pub struct Relays {
    addresses: Vec<String>,
    /// The one that is tried, or connected to.
    current: usize,
}

impl Relays {
    pub fn new(own: String) -> Self {
        Self { addresses: vec![own], current: 0 }
    }

    /// A relay says where all of them are. The page's own and the current one stay.
    pub fn learn(&mut self, told: &[String]) {
        let (own, current) = (self.addresses[0].clone(), self.addresses[self.current].clone());
        let mut addresses = vec![own];
        for address in [&current].into_iter().chain(told) {
            if addresses.len() < MAX_ADDRESSES && !addresses.contains(address) && websocket(address).is_some() {
                addresses.push(address.clone());
            }
        }
        self.current = addresses.iter().position(|address| *address == current).unwrap_or(0);
        self.addresses = addresses;
    }

    /// The one that was tried does not answer.
    pub fn try_next(&mut self) {
        self.current = (self.current + 1) % self.addresses.len();
    }

    pub fn count(&self) -> usize {
        self.addresses.len()
    }

    /// The address of the current one's WebSocket.
    pub fn websocket(&self) -> String {
        websocket(&self.addresses[self.current]).unwrap_or_default()
    }

    /// The current one, if the page came from another.
    pub fn elsewhere(&self) -> Option<&str> {
        (self.current != 0).then(|| self.addresses[self.current].as_str())
    }

    /// All but the page's own.
    pub fn others(&self) -> &[String] {
        &self.addresses[1..]
    }
}

/// `None` for what is no origin of a page.
fn websocket(address: &str) -> Option<String> {
    let (scheme, authority) = match address.split_once("://")? {
        ("http", authority) => ("ws", authority),
        ("https", authority) => ("wss", authority),
        _ => return None,
    };
    let sound = !authority.is_empty() && !authority.contains(['/', '?', '#', '@', '\\', ' ']);
    sound.then(|| format!("{scheme}://{authority}/ws"))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn relays(told: &[&str]) -> Relays {
        let mut relays = Relays::new("http://a:1".to_owned());
        relays.learn(&told.iter().map(|&address| address.to_owned()).collect::<Vec<_>>());
        relays
    }

    #[wasm_bindgen_test]
    fn each_is_tried_in_turn_and_the_pages_own_is_one_of_them() {
        let mut relays = relays(&["http://a:1", "https://b", "http://c:3"]);
        let mut tried = Vec::new();
        for _ in 0..4 {
            tried.push((relays.websocket(), relays.elsewhere().map(str::to_owned)));
            relays.try_next();
        }
        let shown: Vec<(&str, Option<&str>)> =
            tried.iter().map(|(url, elsewhere)| (url.as_str(), elsewhere.as_deref())).collect();
        assert_eq!(
            shown,
            [
                ("ws://a:1/ws", None),
                ("wss://b/ws", Some("https://b")),
                ("ws://c:3/ws", Some("http://c:3")),
                ("ws://a:1/ws", None)
            ]
        );
    }

    #[wasm_bindgen_test]
    fn what_a_relay_tells_replaces_what_was_known_but_for_where_the_tab_is() {
        let mut relays = relays(&["http://b:1", "http://c:1"]);
        relays.try_next();
        relays.learn(&["http://d:1".to_owned()]);
        assert_eq!(relays.elsewhere(), Some("http://b:1"));
        assert_eq!(relays.others(), ["http://b:1", "http://d:1"]);
        relays.learn(&[]);
        assert_eq!((relays.count(), relays.elsewhere()), (2, Some("http://b:1")));
    }

    /// What comes from a relay is a stranger's word: no more than so many, and nothing but addresses.
    #[wasm_bindgen_test]
    fn what_is_no_address_is_left_out() {
        for wrong in ["", "b:1", "ftp://b", "http://", "http://b/path", "http://u@b", "http://b?x", "javascript://b"] {
            assert_eq!(relays(&[wrong]).count(), 1, "{wrong}");
        }
        let many: Vec<String> = (0..100).map(|number| format!("http://b:{number}")).collect();
        let mut relays = relays(&[]);
        relays.learn(&many);
        assert_eq!(relays.count(), MAX_ADDRESSES);
    }
}
