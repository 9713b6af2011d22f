//! One HTML file: a flame graph that can be zoomed and searched, and the table of methods below it.

use crate::{method_name, shown, subject, table, totals};
use base64::Engine;
use inferno::flamegraph::{self, Options, TextTruncateDirection, color::BasicPalette, color::Palette};
use std::collections::BTreeMap;
use std::fmt::Write;
use vm::profile::{Measure, Profile};

/// Rows of the table.
const ROWS: usize = 60;

/// The page.
pub(crate) fn page(profile: &Profile, program: &str) -> Result<Vec<u8>, String> {
    let graph = graph(profile)?;
    let source = base64::engine::general_purpose::STANDARD.encode(&graph);
    let mut page = String::new();
    let title = escaped(&format!("{program}: {}", table::headline(profile)));
    let _written = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>\n\
         body {{ font: 14px system-ui, sans-serif; margin: 1.5em; color: #222; background: #fff; }}\n\
         h1 {{ font-size: 1.2em; }} iframe {{ border: 0; width: 100%; height: {}px; }}\n\
         td, th {{ padding: .15em .8em; text-align: left; }} td:nth-child(-n+3) {{ text-align: right; font-variant-numeric: tabular-nums; }}\n\
         .bar {{ background: linear-gradient(to left, #f5b35c var(--w), transparent 0); min-width: 8em; }}\n\
         </style></head><body>\n<h1>{title}</h1>\n\
         <p>Width is {} with all that is called. Click a bar to zoom, Ctrl-F in the graph to search.</p>\n\
         <iframe title=\"flame graph\" src=\"data:image/svg+xml;base64,{source}\"></iframe>\n",
        height(&graph),
        subject(profile.measure),
    );
    page.push_str("<table><thead><tr><th>self</th><th>share</th><th>total</th><th>method</th></tr></thead><tbody>\n");
    let all = totals(profile).0.max(1);
    for (name, row) in table::methods(profile).iter().take(ROWS) {
        let share = |part: u64| 100.0 * part as f64 / all as f64;
        let _written = writeln!(
            page,
            "<tr><td>{}</td><td class=\"bar\" style=\"--w: {:.1}%\">{:.1} %</td><td>{:.1} %</td><td>{}</td></tr>",
            shown(profile.measure, row.own),
            share(row.own),
            share(row.own),
            share(row.total),
            escaped(name),
        );
    }
    page.push_str("</tbody></table>\n</body></html>\n");
    Ok(page.into_bytes())
}

/// The drawing, as SVG with its own script.
fn graph(profile: &Profile) -> Result<Vec<u8>, String> {
    let mut options = Options::default();
    options.title = String::new();
    options.colors = Palette::Basic(BasicPalette::Orange);
    options.deterministic = true;
    options.min_width = 0.05;
    options.text_truncate_direction = TextTruncateDirection::Right;
    (options.factor, options.count_name) = match profile.measure {
        Measure::Wall | Measure::Cpu => (1e-6, "ms".to_string()),
        Measure::Allocations => (1.0 / 1024.0, "KB".to_string()),
    };
    options.name_type = "Method:".to_string();
    let lines = folded(profile);
    let mut drawing = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut drawing).map_err(|error| format!("flame graph: {error}"))?;
    Ok(drawing)
}

/// A line for each stack of methods, `outer;inner amount`, sorted.
fn folded(profile: &Profile) -> Vec<String> {
    let names: Vec<String> = profile.places.iter().map(|place| method_name(place).replace(';', ":")).collect();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for (stack, weight) in &profile.stacks {
        let stack: Vec<&str> = stack.iter().map(|&at| names[at as usize].as_str()).collect();
        *lines.entry(stack.join(";")).or_default() += weight.amount;
    }
    lines.into_iter().filter(|&(_, amount)| amount > 0).map(|(stack, amount)| format!("{stack} {amount}")).collect()
}

/// The height that the drawing says it has.
fn height(graph: &[u8]) -> usize {
    let text = String::from_utf8_lossy(&graph[..graph.len().min(2_000)]);
    let number = text.split(" height=\"").nth(1).and_then(|rest| rest.split('"').next());
    number.and_then(|number| number.parse::<f64>().ok()).map_or(600, |height| height as usize + 20)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_merge_by_method() {
        let lines = folded(&crate::tests::small());
        assert_eq!(lines[1], "<main> (lib/a.rb:1);A#a (lib/a.rb:2) 400000000");
        assert_eq!(lines[2], "<main> (lib/a.rb:1);A#a (lib/a.rb:2);A#a (lib/a.rb:2);Array#sort 900000000");
    }

    #[test]
    fn the_page_has_the_drawing_and_the_table() {
        let page = String::from_utf8(page(&crate::tests::small(), "a<b>.rb").expect("a page")).expect("text");
        assert!(page.contains("<title>a&lt;b&gt;.rb: 1.40 s of wall time"));
        assert!(page.contains("<td>900.00 ms</td><td class=\"bar\" style=\"--w: 64.3%\">64.3 %</td>"));
        let graph = graph(&crate::tests::small()).expect("a graph");
        let text = String::from_utf8(graph).expect("text");
        assert!(text.contains("Array#sort (900 ms, 64.29%)"), "{}", &text[..3_000]);
        assert!(height(text.as_bytes()) > 100);
    }
}
