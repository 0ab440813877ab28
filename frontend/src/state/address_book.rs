//! The address book: whom the person of this browser has saved under a name, for every tab of this origin. Names that nodes
//! give themselves are not in it; they come from the network.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tabchain_shared::primitives::Address;
use tabchain_shared::wire::message::MAX_NAME_BYTES;
use wasm_bindgen::prelude::*;
use web_sys::StorageEvent;

use crate::text;

const KEY: &str = "tabchain-address-book";
/// More than a class and a school; beyond it the book refuses, so that it stays a list that a person can read.
pub const MAX_CONTACTS: usize = 200;

/// Somebody who can be paid by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payee {
    pub name: String,
    pub address: Address,
}

impl Payee {
    /// Another one's is another.
    pub fn key(&self) -> String {
        format!("{} {}", self.address, self.name)
    }
}

#[derive(Debug, Clone, Copy)]
pub struct AddressBook(RwSignal<Vec<Payee>>);

impl AddressBook {
    /// Follows what other tabs of this browser change.
    pub fn open() -> Self {
        let book = Self(RwSignal::new(kept()));
        let following = window_event_listener_untyped("storage", move |event| {
            let key = event.unchecked_ref::<StorageEvent>().key();
            // Without a key everything was cleared.
            if key.is_none_or(|key| key == KEY) {
                book.0.try_set(kept());
            }
        });
        on_cleanup(move || following.remove());
        book
    }

    pub fn get(self) -> Vec<Payee> {
        self.0.get()
    }

    pub fn has(self, address: Address) -> bool {
        self.0.with(|contacts| contacts.iter().any(|contact| contact.address == address))
    }

    /// Saves somebody under a name, in the place of an earlier name. Otherwise says why not.
    pub fn save(self, contact: Payee) -> Result<(), String> {
        let mut contacts = self.0.get_untracked();
        put(&mut contacts, contact)?;
        self.keep(contacts);
        Ok(())
    }

    /// Saves those whom a file holds; what does not fit is left out.
    pub fn add(self, contacts: Vec<Payee>) {
        let mut all = self.0.get_untracked();
        for contact in contacts {
            // A file may hold anything.
            let _ = put(&mut all, contact);
        }
        self.keep(all);
    }

    pub fn forget(self, address: Address) {
        let mut contacts = self.0.get_untracked();
        contacts.retain(|contact| contact.address != address);
        self.keep(contacts);
    }

    fn keep(self, contacts: Vec<Payee>) {
        if let Some(storage) = window().local_storage().ok().flatten() {
            // A full storage keeps the book as it was; this tab knows the new one.
            let _ =
                storage.set_item(KEY, &serde_json::to_string(&contacts).expect("names and addresses are plain data"));
        }
        self.0.set(contacts);
    }
}

fn put(contacts: &mut Vec<Payee>, contact: Payee) -> Result<(), String> {
    let contact = Payee { name: contact.name.trim().to_owned(), ..contact };
    if contact.name.is_empty() || contact.name.len() > MAX_NAME_BYTES || contact.name.chars().any(char::is_control) {
        return Err(text!("wallet-book-bad-name"));
    }
    let known = contacts.iter().position(|known| known.address == contact.address);
    match known {
        Some(position) => contacts[position] = contact,
        None if contacts.len() >= MAX_CONTACTS => {
            return Err(text!("wallet-book-full", names = MAX_CONTACTS));
        }
        None => contacts.push(contact),
    }
    Ok(())
}

/// What the browser keeps, made sound: whoever can write there can write anything.
fn kept() -> Vec<Payee> {
    let storage = window().local_storage().ok().flatten();
    read(&storage.and_then(|storage| storage.get_item(KEY).ok().flatten()).unwrap_or_default())
}

fn read(text: &str) -> Vec<Payee> {
    let found: Vec<Payee> = serde_json::from_str(text).unwrap_or_default();
    let mut contacts = Vec::new();
    for contact in found {
        // Entries that break a rule are left out.
        let _ = put(&mut contacts, contact);
    }
    contacts
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::SecretKey;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn payee(name: &str, number: u8) -> Payee {
        Payee { name: name.to_owned(), address: SecretKey::from_seed([number; 32]).public_key().address() }
    }

    #[test]
    fn a_second_name_for_one_address_replaces_the_first() {
        let mut contacts = vec![payee("bob", 1)];
        put(&mut contacts, payee(" Robert ", 1)).unwrap();
        assert_eq!(contacts, [payee("Robert", 1)]);
    }

    #[test]
    fn the_book_is_bounded_and_its_names_are_names() {
        let mut contacts = Vec::new();
        for number in 0..MAX_CONTACTS {
            put(&mut contacts, payee("somebody", u8::try_from(number).unwrap())).unwrap();
        }
        assert!(put(&mut contacts, payee("one more", 255)).is_err());
        assert!(put(&mut contacts, payee("renamed", 3)).is_ok());
        for name in ["", "  ", "two\nlines", &"x".repeat(65)] {
            assert!(put(&mut Vec::new(), payee(name, 1)).is_err(), "{name:?}");
        }
    }

    #[test]
    fn what_the_browser_kept_may_be_anything() {
        let mut kept = vec![payee("ada", 1), payee("", 2), payee("bob", 3)];
        assert_eq!(read(&serde_json::to_string(&kept).unwrap()), [payee("ada", 1), payee("bob", 3)]);
        kept = (0..=255).map(|number| payee("somebody", number)).collect();
        assert_eq!(read(&serde_json::to_string(&kept).unwrap()).len(), MAX_CONTACTS);
        assert_eq!(read("{}"), []);
        assert_eq!(read(""), []);
    }
}
