//! Other runs of the same firms whose folders lie beside that of a run. Not what is shown of them.

use bubblerisk::report::{Sibling, Siblings};
use bubblerisk::results::{self, Results, files};
use std::fs;
use std::path::{Path, PathBuf};

/// Most runs that a page offers, and most folders in which they are looked for.
const MOST: usize = 8;
const MOST_LOOKED: usize = 40;

/// The runs beside the folder of a run, by the names of their folders: complete, written by the same version, with the same firms in the same order.
pub fn find(r: &Results, folder: &Path) -> Siblings {
    let Some((own, parent)) = fs::canonicalize(folder).ok().and_then(|own| own.parent().map(Path::to_path_buf).map(|p| (own, p))) else {
        return Siblings::default();
    };
    let entries = fs::read_dir(parent).into_iter().flatten().flatten().map(|e| e.path());
    let mut folders: Vec<PathBuf> = entries.filter(|p| *p != own && results::is_whole(p)).collect();
    folders.sort();
    folders.truncate(MOST_LOOKED);
    // One more is looked for only to say that there are more.
    let mut runs: Vec<Sibling> = folders.iter().filter_map(|f| sibling(r, f)).take(MOST + 1).collect();
    let are_more = runs.len() > MOST;
    runs.truncate(MOST);
    Siblings { runs, are_more }
}

fn sibling(r: &Results, folder: &Path) -> Option<Sibling> {
    let other = results::read(folder).ok()?;
    let same_firms = other.firms.iter().map(|f| (&f.id, &f.name)).eq(r.firms.iter().map(|f| (&f.id, &f.name)));
    (same_firms && other.run.version == r.run.version).then(|| {
        let place = folder.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let usual = files::run_folder(Path::new(""), &other.scenario.name);
        let name = if usual == Path::new(&place) { other.scenario.name.clone() } else { format!("{} in {place}", other.scenario.name) };
        Sibling { key: place, name, results: other }
    })
}
