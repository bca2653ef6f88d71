//! The three files that make the look of the page: ours, or a user's in their place. No reading of folders and no numbers.

/// One file of the look, with the name under which an error in it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Name of the file, as the user wrote it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The look of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The page itself, in the language of minijinja (Jinja2).
    pub page: Piece,
    /// Style sheet, which the page takes as `style`.
    pub style: Piece,
    /// Script, which the page takes as `script`.
    pub script: Piece,
}

impl Default for Template {
    /// The look that comes with the program.
    fn default() -> Self {
        let piece = |name: &str, text: &str| Piece { name: name.into(), text: text.into() };
        Template {
            page: piece("page.html", include_str!("page.html")),
            style: piece("page.css", include_str!("page.css")),
            script: piece("page.js", include_str!("page.js")),
        }
    }
}

impl Template {
    /// The pieces, to be replaced one by one; their names are those of the files looked for.
    pub fn pieces(&mut self) -> [&mut Piece; 3] {
        [&mut self.page, &mut self.style, &mut self.script]
    }
}

/// What the page is filled with, for the documentation: (variable, what it is).
pub const VARIABLES: [(&str, &str); 15] = [
    ("title", "title of the scenario"),
    ("name", "its name, which is that of the folder"),
    ("as_of", "its date"),
    ("hash", "SHA-256 of everything that was read"),
    ("seed", "seed of the run"),
    ("paths", "number of paths, with commas"),
    ("version", "version of the program"),
    ("caution", "the sentence that must stand beside every probability; it is also among the statements of the first section"),
    ("style", "the style sheet, page.css"),
    ("script", "the script, page.js"),
    ("data", "what the controls look up, as JSON for a script element"),
    ("sections", "the sections in order, each with `id`, `heading`, `level` (1 to 3), `statements`, `tables`, `figures`, `is_lookup`, `stories`"),
    ("sections[].tables", "each with `caption`, `header`, `rows`, `is_sortable`, `is_long`"),
    ("sections[].figures", "each with `name`, `alt` and `svg`, a drawing to stand in the page as it is"),
    ("sections[].stories", "each with `title` and `quarters`, which have `label` and `events`"),
];
