//! docs/performance.md and its chart are what the page writer makes of the tables as they stand. Nothing is measured here. `BUBBLERISK_BLESS=1` rewrites.

#[path = "../benches/page/mod.rs"]
mod page;

use std::path::Path;

#[test]
fn the_page_is_made_of_its_tables() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let tables = page::Tables::read(&docs.join("performance"));
    let picture = page::picture(&tables).expect("something was measured");
    assert_eq!(picture.clashes(), Vec::<String>::new());
    for (name, expected) in [("performance.md", page::page(&tables)), ("performance/scale.svg", picture.svg())] {
        let path = docs.join(name);
        if std::env::var_os("BUBBLERISK_BLESS").is_some() {
            std::fs::write(&path, &expected).expect("the page can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == expected, "docs/{name} is out of date: run cargo bench --bench performance_page -- --write");
    }
}
