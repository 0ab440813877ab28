//! What is read and pressed beside the picture: the parts of the network, the link that is looked at, the legend, and a table.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::link_fault::LinkFault;

use super::model::{Line, Role, Way, pair};
use super::scene::Scene;
use super::tell;
use crate::components::block_tree::Mark;
use crate::text;
use crate::words;

/// More tips than this share the colours.
const MAX_TIPS: usize = 8;
/// More links than this are not listed one by one; they can be pressed in the picture.
const MAX_LISTED: usize = 500;

/// Divide the network, and heal it.
#[component]
pub fn Parts() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let locked = move || !scene.operator.may_steer();
    let chosen = move || {
        let drawn = scene.model.read();
        scene
            .selected
            .with(|selected| selected.iter().copied().filter(|id| drawn.dot(*id).is_some()).collect::<Vec<_>>())
    };
    let is_whole = move || scene.model.read().parts < 2;
    let part = move |_| {
        let nodes = untrack(chosen);
        let count = tell::nodes(nodes.len());
        scene.order(scene.operator.part(nodes), move |changed| {
            text!("network-parted", nodes = count, links = tell::links(changed.cut))
        });
    };
    let heal = move |_| {
        scene.order(scene.operator.heal(), |changed| text!("network-healed", links = tell::links(changed.made)));
    };
    view! {
        <fieldset class="orders network-parts" disabled=locked>
            <legend class="visually-hidden">{text!("network-divide")}</legend>
            <button type="button" data-test="partition" data-value=move || chosen().len()
                on:click=part disabled=move || chosen().is_empty()>
                {move || match chosen().len() {
                    0 => text!("network-select"),
                    count => text!("network-part-selected", nodes = tell::nodes(count)),
                }}
            </button>
            <button type="button" class="primary" data-test="heal" on:click=heal hidden=is_whole>{text!("network-heal")}</button>
        </fieldset>
    }
}

/// How nodes are drawn.
const SHAPES: [(Role, &str); 4] = [
    (Role::Tab, "M1 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"),
    (Role::Relay, "M1 1h10v10h-10z"),
    (Role::Native, "M6 0l6 6l-6 6l-6 -6z"),
    (Role::Attacker, "M6 0l6 11h-12z"),
];
/// How links are drawn, once their ends have told.
const STROKES: [Way; 3] = [Way::Carried, Way::Webrtc, Way::Cut];

/// What the shapes, colours and strokes mean that are in the picture.
#[component]
pub fn Legend() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let shapes = Memo::new(move |_| {
        scene.model.with(|model| SHAPES.map(|(role, _)| model.dots.iter().any(|dot| dot.role == role)))
    });
    let strokes =
        Memo::new(move |_| scene.model.with(|model| STROKES.map(|way| model.lines.iter().any(|line| line.way == way))));
    let tips = Memo::new(move |_| scene.model.with(|model| model.tips.clone()));
    view! {
        <ul class="legend network-legend" aria-label=text!("network-legend")>
            <For each=move || tips.get().into_iter().take(MAX_TIPS) key=Clone::clone children=move |tip| view! {
                <li data-test="network-tip">
                    <Mark colour=tip.colour/>
                    {text!("network-height", height = tip.height)}" "
                    <code>{words::short_hash(&tip.hash)}</code>" "
                    <span class="muted">{tell::nodes(tip.nodes)}</span>
                </li>
            }/>
            {SHAPES.into_iter().enumerate().map(|(place, (role, d))| view! {
                <li class="muted" hidden=move || !shapes.get()[place]><Sample d/>{tell::role(role)}</li>
            }).collect_view()}
            {STROKES.into_iter().enumerate().map(|(place, way)| view! {
                <li class="muted" hidden=move || !strokes.get()[place]><Stroke way/>{tell::way(way)}</li>
            }).collect_view()}
            <li class="muted hint fine">{text!("network-hint")}</li>
        </ul>
    }
}

#[component]
fn Sample(d: &'static str) -> impl IntoView {
    view! { <svg class="sample" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d=d/></svg> }
}

#[component]
fn Stroke(way: Way) -> impl IntoView {
    view! {
        <svg class="sample line" viewBox="0 0 26 12" width="26" height="12" aria-hidden="true" data-way=way.class()>
            <path class="stroke" d="M0 6H26"/>
        </svg>
    }
}

/// A number that a person writes, and what it means.
#[derive(Clone, Copy)]
struct Written(RwSignal<String>);

impl Written {
    /// `default` for nothing.
    fn read(self, what: String) -> Result<f64, String> {
        let text = self.0.get_untracked();
        let text = text.trim().replace(',', ".");
        if text.is_empty() {
            return Ok(0.0);
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| text!("network-write-number", field = what))
    }

    fn show(self, number: f64) {
        self.0.set(if number > 0.0 { format!("{number}") } else { String::new() });
    }
}

/// The link that is looked at: how it does, and what the host has it do.
#[component]
pub fn Steer() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let [delay, jitter, loss, bandwidth] = std::array::from_fn(|_| Written(RwSignal::new(String::new())));
    let line = Memo::new(move |_| {
        let ends = scene.chosen.get()?;
        scene.model.with(|model| model.line(ends).cloned())
    });
    // What the host writes stays until it looks at another link, or the fault is another one.
    let fault = Memo::new(move |_| line.with(|line| line.as_ref().map(|line| (line.ends, line.fault))));
    Effect::new(move |_| {
        let fault = fault.get().and_then(|(_, fault)| fault).unwrap_or_default();
        delay.show(fault.delay.into());
        jitter.show(fault.jitter.into());
        // Parts of a hundred that were written come back as they were.
        loss.show((1e6 * fault.loss).round() / 1e4);
        bandwidth.show(fault.bandwidth.map_or(0.0, f64::from) / 1_000.0);
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(ends) = scene.chosen.get_untracked() else { return };
        match wanted(delay, jitter, loss, bandwidth) {
            Ok(fault) => scene.order(scene.operator.set_fault(ends, fault), move |()| {
                text!("network-told", fault = words::link_fault(&fault))
            }),
            Err(words) => scene.answer.set(Some((false, words))),
        }
    };
    let clear = move |_| {
        if let Some(ends) = scene.chosen.get_untracked() {
            scene.order(scene.operator.clear_fault(ends), |()| text!("network-mended"));
        }
    };
    let is_cut = move || line.read().as_ref().is_some_and(|line| line.way == Way::Cut);
    let is_none = move || line.read().is_none();
    let has_no_fault = move || line.read().as_ref().is_none_or(|line| line.fault.is_none());
    let cut_or_make = move |_| {
        if let Some(ends) = scene.chosen.get_untracked() {
            if untrack(is_cut) { scene.make(ends) } else { scene.cut(ends) }
        }
    };
    let told = move || {
        line.with(|line| {
            line.as_ref().map(|line| {
                scene.model.with(|model| {
                    let unwilling = tell::unwilling(model, line).map_or_else(String::new, |words| format!(". {words}"));
                    format!("{}{unwilling}", tell::line(model, line))
                })
            })
        })
    };
    view! {
        <div class="network-link">
            <LinkChoice/>
            <p class="muted" data-test="network-link" aria-live="polite">{told}</p>
            // Without a link there is nothing to fill in.
            <fieldset class="orders" hidden=is_none disabled=move || !scene.operator.may_steer()>
                <legend class="visually-hidden">{text!("network-link-does")}</legend>
                <form on:submit=submit autocomplete="off">
                    <NumberField written=delay label=text!("network-delay") test="fault-delay"/>
                    <NumberField written=jitter label=text!("network-jitter") test="fault-jitter"/>
                    <NumberField written=loss label=text!("network-loss") test="fault-loss"/>
                    <NumberField written=bandwidth label=text!("network-limit") test="fault-bandwidth"/>
                    <button type="submit" class="primary" data-test="fault-apply">{text!("network-apply")}</button>
                    <button type="button" data-test="fault-clear" on:click=clear disabled=has_no_fault>{text!("network-mend")}</button>
                    <button type="button" data-test="network-cut" on:click=cut_or_make>
                        {move || if is_cut() { text!("network-link-again") } else { text!("network-cut-button") }}
                    </button>
                </form>
            </fieldset>
        </div>
    }
}

#[component]
fn NumberField(written: Written, label: String, test: &'static str) -> impl IntoView {
    view! {
        <label class="field inline narrow">
            <span class="label">{label}</span>
            <input type="text" inputmode="decimal" size="5" placeholder="0" data-test=test prop:value=move || written.0.get()
                on:input=move |event| written.0.set(event_target_value(&event))/>
        </label>
    }
}

/// Every link by name: for the keyboard, and for who cannot see the picture.
#[component]
fn LinkChoice() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let options = Memo::new(move |_| {
        scene.model.with(|model| {
            let mut options: Vec<([NodeId; 2], String)> =
                model.lines.iter().map(|line| (line.ends, named(&model.names(line.ends), line))).collect();
            options.sort_by_cached_key(|(_, name)| name.to_lowercase());
            options.truncate(MAX_LISTED);
            options
        })
    });
    let value = |ends: [NodeId; 2]| format!("{} {}", ends[0], ends[1]);
    let choose = move |event| {
        let text = event_target_value(&event);
        let mut ends = text.split(' ').filter_map(|id| id.parse::<NodeId>().ok());
        scene.chosen.set(ends.next().zip(ends.next()).map(|(a, b)| pair(a, b)));
    };
    view! {
        <label class="field inline">
            <span class="label">{text!("network-link")}</span>
            <select data-test="network-choice" on:change=choose prop:value=move || scene.chosen.get().map(value).unwrap_or_default()>
                <option value="">{text!("network-none-chosen")}</option>
                <For each=move || options.get() key=Clone::clone children=move |(ends, name)| view! {
                    <option value=value(ends) selected=move || scene.chosen.get() == Some(ends)>{name}</option>
                }/>
            </select>
        </label>
    }
}

fn named(names: &[String; 2], line: &Line) -> String {
    let mut names = names.clone();
    names.sort_by_key(|name| name.to_lowercase());
    let names = names.join(" – ");
    if line.way == Way::Cut { text!("network-choice-cut", names = names) } else { names }
}

/// What the host has written, if a link can do that.
fn wanted(delay: Written, jitter: Written, loss: Written, bandwidth: Written) -> Result<LinkFault, String> {
    let whole = |written: Written, what: String, unit: f64| {
        let number = (written.read(what)? * unit).round();
        // What is larger than the relay takes is refused there, in words.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
        Ok::<u32, String>(number as u32)
    };
    let limit = whole(bandwidth, text!("network-limit"), 1_000.0)?;
    let fault = LinkFault {
        delay: whole(delay, text!("network-delay"), 1.0)?,
        jitter: whole(jitter, text!("network-jitter"), 1.0)?,
        loss: loss.read(text!("network-loss"))? / 100.0,
        bandwidth: (limit > 0).then_some(limit),
    };
    if fault == LinkFault::default() {
        return Err(text!("network-write-fault"));
    }
    fault.check().map_err(|error| words::sentence(&error.to_string()))?;
    Ok(fault)
}

/// The picture for who cannot see it.
#[component]
pub fn Table() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let open = RwSignal::new(false);
    let rows = move || {
        scene.model.with(|model| {
            let rows = model.dots.iter().map(|dot| {
                let tip = dot.tip.map(|tip| words::short_hash(&tip)).unwrap_or_default();
                let mut linked: Vec<String> =
                    model.neighbours(dot.id).filter_map(|id| model.dot(id)).map(|other| other.name.clone()).collect();
                linked.sort_by_key(|name| name.to_lowercase());
                view! {
                    <tr>
                        <th scope="row">{dot.name.clone()}</th>
                        <td>{tell::role(dot.role)}</td>
                        <td><code>{tip}</code></td>
                        <td>{linked.join(", ")}</td>
                    </tr>
                }
            });
            rows.collect_view()
        })
    };
    view! {
        <details class="network-table" on:toggle=move |event| {
            use wasm_bindgen::JsCast;
            let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            open.set(element.is_some_and(|element| element.has_attribute("open")));
        }>
            <summary>{text!("network-table")}</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=text!("network-table-label")>
                <table>
                    <thead><tr><th>{text!("network-col-node")}</th><th>{text!("network-col-kind")}</th><th>{text!("network-col-tip")}</th><th>{text!("network-col-linked")}</th></tr></thead>
                    // Nobody pays for what is closed.
                    <tbody>{move || open.get().then(rows)}</tbody>
                </table>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn written(texts: [&str; 4]) -> Result<LinkFault, String> {
        let owner = Owner::new();
        owner.with(|| {
            let [delay, jitter, loss, bandwidth] = texts.map(|text| Written(RwSignal::new(text.to_owned())));
            wanted(delay, jitter, loss, bandwidth)
        })
    }

    #[test]
    fn what_the_host_writes_is_a_fault_or_is_answered_in_words() {
        let fault = LinkFault { delay: 2_000, jitter: 0, loss: 0.125, bandwidth: Some(1_500) };
        assert_eq!(written(["2000", "", " 12,5", "1.5"]), Ok(fault));
        for (texts, words) in [
            (["", "", "", ""], "Mend"),
            (["soon", "", "", ""], "Delay, ms: write a number"),
            (["-1", "", "", ""], "Delay, ms: write a number"),
            (["9000", "", "", ""], "at most 5000 ms"),
            (["", "", "101", ""], "from 0 to 1"),
            (["", "", "", "0.5"], "cut the link"),
        ] {
            let answer = written(texts).unwrap_err();
            assert!(answer.contains(words), "{texts:?}: {answer}");
        }
    }
}
