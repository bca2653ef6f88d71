//! The language of `--when`: reads a condition, or says what is wrong with it and where. Not what a condition means: `condition.rs`.
//!
//! ```text
//! condition  = part { "or" part }
//! part       = fact { "and" fact }
//! fact       = "not" fact | "(" condition ")" | term
//! term       = measure [ (">" | ">=" | "<" | "<=") number [ "%" ] ] [ "by" quarter ]
//! measure    = "default(" firm ")" | "default(any)" | "defaults" | "loss(system)" | "loss(" firm ")"
//!            | "unpaid(" firm [ "," firm ] ")" | "revenue_gap(" firm ")"
//! ```

use super::condition::{Comparison, Condition, Measure, Node, Term};
use crate::error::{Error, Result, did_you_mean};
use crate::model::{Model, Seller};

/// Most characters of a condition, and most brackets and `not` within each other.
const MOST_CHARACTERS: usize = 1_000;
const MOST_DEPTH: usize = 50;

const MEASURES: [&str; 5] = ["default", "defaults", "loss", "unpaid", "revenue_gap"];
const EXPECTED_MEASURE: &str = "default(FIRM), defaults, loss(system), loss(FIRM), unpaid(BUYER, SELLER) or revenue_gap(FIRM)";

/// A word, a number or a sign, and where it stands, in characters.
#[derive(Debug, Clone, PartialEq)]
struct Token {
    text: String,
    at: usize,
}

/// What is wrong, and where.
struct Fault {
    at: usize,
    length: usize,
    what: String,
    hint: String,
}

type Read<T> = std::result::Result<T, Fault>;

/// Reads a condition about a model.
///
/// # Errors
/// [`Error::Usage`] that quotes the condition, points at the place, says what was found, what was expected and how to mend it.
pub fn parse(text: &str, model: &Model) -> Result<Condition> {
    let refuse = |fault: Fault| Error::Usage(fault.told(text));
    if text.chars().count() > MOST_CHARACTERS {
        return Err(Error::Usage(format!("--when: the condition is longer than {MOST_CHARACTERS} characters")));
    }
    let tokens = tokens(text);
    let end = text.trim_end().chars().count();
    let mut reader = Reader { tokens: &tokens, place: 0, end, model, terms: vec![], depth: 0 };
    let root = reader.any().and_then(|root| reader.finished().map(|()| root)).map_err(refuse)?;
    Ok(Condition { text: text.trim().to_string(), terms: reader.terms, root })
}

impl Fault {
    fn told(&self, text: &str) -> String {
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let marks = format!("{}{}", " ".repeat(self.at), "^".repeat(self.length.max(1)));
        let hint = if self.hint.is_empty() { String::new() } else { format!("\n  {}", self.hint) };
        format!("--when: {}\n\n  {}\n  {marks}\n{hint}", self.what, plain.trim_end()).trim_end().to_string()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_-.".contains(c)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut in_word = false;
    for (at, c) in text.chars().enumerate() {
        let joins = match found.last() {
            Some(last) if is_word(c) => in_word && last.at + last.text.chars().count() == at,
            Some(last) => c == '=' && (last.text == ">" || last.text == "<") && last.at + 1 == at,
            None => false,
        };
        match found.last_mut() {
            Some(last) if joins => last.text.push(c),
            _ if c.is_whitespace() => {}
            _ => found.push(Token { text: c.to_string(), at }),
        }
        in_word = is_word(c);
    }
    found
}

struct Reader<'a> {
    tokens: &'a [Token],
    place: usize,
    end: usize,
    model: &'a Model,
    terms: Vec<Term>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&self) -> Option<&'a Token> {
        self.tokens.get(self.place)
    }

    fn is_next(&self, wanted: &str) -> bool {
        self.next().is_some_and(|t| t.text.eq_ignore_ascii_case(wanted))
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let is_it = self.is_next(wanted);
        self.place += usize::from(is_it);
        is_it
    }

    /// A fault at the next token, or after the last one.
    fn fault(&self, expected: &str, hint: impl Into<String>) -> Fault {
        let hint = hint.into();
        match self.next() {
            Some(t) => Fault { at: t.at, length: t.text.chars().count(), what: format!("found `{}`; expected {expected}", t.text), hint },
            None => Fault { at: self.end, length: 1, what: format!("the condition ends too soon; expected {expected}"), hint },
        }
    }

    fn fault_at(token: &Token, what: String, hint: impl Into<String>) -> Fault {
        Fault { at: token.at, length: token.text.chars().count(), what, hint: hint.into() }
    }

    fn needs(&mut self, sign: &str, expected: &str) -> Read<()> {
        if self.takes(sign) { Ok(()) } else { Err(self.fault(expected, "")) }
    }

    fn finished(&self) -> Read<()> {
        let Some(token) = self.next() else { return Ok(()) };
        let hint = match token.text.as_str() {
            ")" => "this bracket was never opened".to_string(),
            "&" => "write `and`".to_string(),
            "|" => "write `or`".to_string(),
            text if text.eq_ignore_ascii_case("bn") || text == "$" => {
                "amounts are in billions of US dollars: write the number alone".to_string()
            }
            _ => String::new(),
        };
        Err(self.fault("`and`, `or`, `by QUARTER` or the end", hint))
    }

    fn any(&mut self) -> Read<Node> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Node::Any))
    }

    fn all(&mut self) -> Read<Node> {
        let mut parts = vec![self.fact()?];
        while self.takes("and") {
            parts.push(self.fact()?);
        }
        Ok(one_or(parts, Node::All))
    }

    fn fact(&mut self) -> Read<Node> {
        if !self.is_next("not") && !self.is_next("(") {
            return self.term();
        }
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.fault(&format!("at most {MOST_DEPTH} brackets and `not` within each other"), ""));
        }
        let node = if self.takes("not") {
            Node::Not(Box::new(self.fact()?))
        } else {
            self.place += 1;
            let inside = self.any()?;
            self.needs(")", "`)`, `and` or `or`")?;
            inside
        };
        self.depth -= 1;
        Ok(node)
    }

    fn term(&mut self) -> Read<Node> {
        let measure = self.measure()?;
        let (comparison, bound) = if measure.is_yes_or_no() { self.nothing_to_compare()? } else { self.compared(measure)? };
        let by_quarter = self.by(measure)?;
        self.terms.push(Term { measure, comparison, bound, by_quarter });
        Ok(Node::Term(self.terms.len() - 1))
    }

    fn measure(&mut self) -> Read<Measure> {
        let Some(token) = self.next() else { return Err(self.fault(EXPECTED_MEASURE, "")) };
        let name = token.text.to_ascii_lowercase();
        if !MEASURES.contains(&name.as_str()) {
            let is_word = token.text.chars().all(is_word);
            return Err(self.fault(EXPECTED_MEASURE, if is_word { did_you_mean(&name, MEASURES) } else { String::new() }));
        }
        self.place += 1;
        if name == "defaults" {
            return Ok(Measure::Defaults);
        }
        let measure = match name.as_str() {
            "default" => {
                self.needs("(", "`(` and a firm, such as default(any)")?;
                if self.takes("any") { Measure::AnyDefault } else { Measure::Default { firm: self.firm("any")?.0 } }
            }
            "loss" => {
                self.needs("(", "`(` and a firm or `system`, such as loss(system)")?;
                if self.takes("system") { Measure::SystemLoss } else { Measure::FirmLoss { firm: self.firm("system")?.0 } }
            }
            "unpaid" => {
                self.needs("(", "`(`, a buyer and perhaps a seller, such as unpaid(BUYER, SELLER)")?;
                self.unpaid()?
            }
            _ => {
                self.needs("(", "`(` and a firm, such as revenue_gap(FIRM)")?;
                Measure::RevenueGap { firm: self.firm("")?.0 }
            }
        };
        self.needs(")", "`)`")?;
        Ok(measure)
    }

    /// Number of a firm and where it stands; `other` is a word that may stand here, too.
    fn firm(&mut self, other: &str) -> Read<(usize, &'a Token)> {
        let firms = &self.model.firms;
        let what = if other.is_empty() { "a firm".to_string() } else { format!("a firm or `{other}`") };
        let Some(token) = self.next() else { return Err(self.fault(&what, "")) };
        let names = firms.iter().map(|f| f.id.as_str()).chain(Some(other).filter(|o| !o.is_empty()));
        if !token.text.chars().all(is_word) {
            return Err(self.fault(&what, did_you_mean("", names)));
        }
        let found = firms.iter().position(|f| f.id.eq_ignore_ascii_case(&token.text));
        let missing = || Self::fault_at(token, format!("there is no firm `{}`", token.text), did_you_mean(&token.text, names));
        self.place += 1;
        found.map(|firm| (firm, token)).ok_or_else(missing)
    }

    fn unpaid(&mut self) -> Read<Measure> {
        let (buyer, token) = self.firm("")?;
        let model = self.model;
        let sellers = |p: &crate::model::Purchase| match p.seller {
            Seller::Firm(f) => model.firms.get(f.at()).map(|f| f.id.as_str()),
            Seller::Outside => None,
        };
        let bought = model.purchases.iter().filter(|p| p.buyer.at() == buyer);
        if bought.clone().next().is_none() {
            return Err(Self::fault_at(token, format!("`{}` has no purchase to leave unpaid", token.text), ""));
        }
        if !self.takes(",") {
            return if self.is_next(")") {
                Ok(Measure::Unpaid { buyer, seller: None })
            } else {
                Err(self.fault("`,` and a seller, or `)`", ""))
            };
        }
        let (seller, token) = self.firm("")?;
        if !bought.clone().any(|p| matches!(p.seller, Seller::Firm(f) if f.at() == seller)) {
            let mut names: Vec<&str> = bought.filter_map(sellers).collect();
            names.sort_unstable();
            names.dedup();
            let hint =
                if names.is_empty() { "it buys from outside only".to_string() } else { format!("it buys from {}", names.join(", ")) };
            let (b, s) = (&model.firms[buyer].id, &model.firms[seller].id);
            return Err(Self::fault_at(token, format!("`{b}` has no purchase from `{s}`"), hint));
        }
        Ok(Measure::Unpaid { buyer, seller: Some(seller) })
    }

    fn nothing_to_compare(&self) -> Read<(Comparison, f64)> {
        match self.next() {
            Some(t) if [">", ">=", "<", "<=", "="].contains(&t.text.as_str()) => {
                Err(self.fault("nothing to compare", "default(…) says yes or no; to count firms write `defaults >= 2`"))
            }
            _ => Ok((Comparison::AtLeast, 1.0)),
        }
    }

    fn compared(&mut self, measure: Measure) -> Read<(Comparison, f64)> {
        let comparison = match self.next().map(|t| t.text.as_str()) {
            Some(">") => Comparison::Above,
            Some(">=") => Comparison::AtLeast,
            Some("<") => Comparison::Below,
            Some("<=") => Comparison::AtMost,
            _ => return Err(self.fault("`>`, `>=`, `<` or `<=` and a number", "")),
        };
        self.place += 1;
        let expected = match measure {
            Measure::Defaults => "a whole number of firms",
            Measure::RevenueGap { .. } => "a share such as 30%",
            _ => "an amount in billions of US dollars, such as 100",
        };
        let Some(token) = self.next() else { return Err(self.fault(expected, "")) };
        let number =
            token.text.replace('_', "").parse::<f64>().ok().filter(|x| x.is_finite() && token.text.contains(|c: char| c.is_ascii_digit()));
        let Some(number) = number else {
            let hint = if token.text == "$" { "amounts are in billions of US dollars: write the number alone" } else { "" };
            return Err(self.fault(expected, hint));
        };
        self.place += 1;
        let is_percent = self.is_next("%");
        match measure {
            Measure::Defaults if number.fract() != 0.0 || is_percent => {
                Err(Self::fault_at(token, format!("`{}` is no number of firms; expected {expected}", token.text), ""))
            }
            Measure::RevenueGap { .. } if is_percent => {
                self.place += 1;
                Ok((comparison, number / 100.0))
            }
            Measure::RevenueGap { .. } if number.abs() > 1.0 => Err(Self::fault_at(
                token,
                format!("`{}` is more than the whole; expected {expected}", token.text),
                format!("did you mean `{}%`?", token.text),
            )),
            _ if is_percent => Err(self.fault("no percentage here", format!("expected {expected}"))),
            _ => Ok((comparison, number)),
        }
    }

    fn by(&mut self, measure: Measure) -> Read<Option<usize>> {
        let keyword = self.next();
        if !self.takes("by") {
            return Ok(None);
        }
        if let (true, Some(token)) = (measure.needs_horizon(), keyword) {
            let hint = "leave `by …` out, or ask for default(…), defaults, unpaid(…) or revenue_gap(…) by a quarter";
            return Err(Self::fault_at(
                token,
                "a loss is known at the horizon only, because it counts what firms are still worth".into(),
                hint,
            ));
        }
        let (first, last) = (self.model.quarter_label(1), self.model.quarter_label(self.model.horizon_quarters));
        let expected = format!("a quarter from {first} to {last}");
        let Some(token) = self.next() else { return Err(self.fault(&expected, "")) };
        let wanted = token.text.to_ascii_uppercase();
        let found = (1..=self.model.horizon_quarters).find(|&t| self.model.quarter_label(t) == wanted);
        let is_year = wanted.len() == 4 && wanted.bytes().all(|b| b.is_ascii_digit());
        let hint = if is_year { format!("did you mean `{wanted}Q4`, the end of the year?") } else { String::new() };
        let quarter = found.ok_or_else(|| self.fault(&expected, hint))?;
        self.place += 1;
        Ok(Some(quarter))
    }
}

/// The only part, or all of them joined.
fn one_or(mut parts: Vec<Node>, join: impl Fn(Vec<Node>) -> Node) -> Node {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}
