//! Lists whose rows stay while their keys do. leptos's `For` is compiled anew for every kind of item and key, five kilobytes each;
//! here a key is text and a row shows itself, so that there is one `For` for all lists of the first load.

use std::sync::Arc;

use leptos::prelude::*;

struct Row {
    key: String,
    show: Box<dyn FnOnce() -> AnyView + Send>,
}

/// What `row` makes of each item, made once for as long as there is one with the same `key`.
pub fn rows<T, Shown>(
    items: impl Fn() -> Vec<T> + Send + Sync + 'static,
    key: impl Fn(&T) -> String + Send + Sync + 'static,
    row: impl Fn(T) -> Shown + Send + Sync + 'static,
) -> AnyView
where
    T: Send + 'static,
    Shown: IntoView + 'static,
{
    let row = Arc::new(row);
    let to_row = move |item: T| {
        let (key, row) = (key(&item), Arc::clone(&row));
        Row { key, show: Box::new(move || row(item).into_any()) }
    };
    list(Box::new(move || items().into_iter().map(&to_row).collect()))
}

fn list(rows: Box<dyn Fn() -> Vec<Row> + Send + Sync>) -> AnyView {
    view! { <For each=rows key=|row| row.key.clone() children=|row: Row| (row.show)()/> }.into_any()
}
