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
