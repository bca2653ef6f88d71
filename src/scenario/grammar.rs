//! The grammar looked up by name: the JSON Schema made from the written structs, and from it the keys, bounds and defaults of each table. No files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::written::ScenarioFile;

/// Largest amount of money that is taken for plausible, USD billion.
const MOST_USD_BN: f64 = 1e6;

/// One key of a table.
#[derive(Debug, Default)]
pub(super) struct Key {
    /// Its name.
    pub name: String,
    /// What it means.
    pub doc: String,
    /// Name of its type among the schema's definitions, or the JSON type.
    pub kind: String,
    /// Least value.
    pub minimum: Option<f64>,
    /// Greatest value.
    pub maximum: Option<f64>,
    /// Bound that the value must exceed.
    pub above: Option<f64>,
    /// Bound that the value must stay below.
    pub below: Option<f64>,
    /// Unit.
    pub unit: String,
    /// Default.
    pub default: Option<Value>,
    /// Default in words, where it is not one constant.
    pub default_text: String,
    /// Whether it must be given.
    pub required: bool,
}

impl Key {
    /// Whether a value is within the bounds.
    pub fn admits(&self, x: f64) -> bool {
        self.minimum.is_none_or(|m| x >= m)
            && self.maximum.is_none_or(|m| x <= m)
            && self.above.is_none_or(|m| x > m)
            && self.below.is_none_or(|m| x < m)
    }

    /// The nearest value within the bounds; an open bound stays as it is.
    pub fn clamp(&self, x: f64) -> f64 {
        let x = self.minimum.map_or(x, |m| x.max(m));
        let x = self.maximum.map_or(x, |m| x.min(m));
        let x = self.above.map_or(x, |m| if x > m { x } else { m + 1e-9 });
        self.below.map_or(x, |m| if x < m { x } else { m - 1e-9 })
    }

    /// The bounds in words, such as `a number in USD bn, 0 or more`.
    pub fn expectation(&self) -> String {
        let unit = match self.unit.as_str() {
            "" => "a number".to_string(),
            u @ ("share" | "multiple" | "correlation" | "ratio") => format!("a {u}"),
            "probability per quarter" => "a probability per quarter".to_string(),
            u if u.starts_with("per") => format!("a number {u}"),
            u => format!("a number in {u}"),
        };
        let low = match (self.minimum, self.above) {
            (Some(m), _) => Some((m, format!("{m} or more"))),
            (_, Some(m)) => Some((m, format!("above {m}"))),
            _ => None,
        };
        let high = match (self.maximum, self.below) {
            (Some(m), _) => Some((m, format!("at most {m}"))),
            (_, Some(m)) => Some((m, format!("below {m}"))),
            _ => None,
        };
        match (low, high) {
            (Some((a, _)), Some((b, _))) if self.minimum.is_some() && self.maximum.is_some() && b < MOST_USD_BN => {
                format!("{unit} from {a} to {b}")
            }
            (Some((_, low)), Some((b, high))) if b < MOST_USD_BN => format!("{unit} {low} and {high}"),
            (Some((_, low)), _) => format!("{unit}, {low}"),
            (None, Some((_, high))) => format!("{unit}, {high}"),
            (None, None) => unit,
        }
    }

    /// The default, if it is a number.
    pub fn default_number(&self) -> Option<f64> {
        self.default.as_ref().and_then(Value::as_f64)
    }
}

/// One kind of table.
#[derive(Debug, Default)]
pub(super) struct Spec {
    /// What it is.
    pub doc: String,
    /// Its keys, in the order of the documentation.
    pub keys: Vec<Key>,
}

impl Spec {
    /// A key by name.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|k| k.name == name)
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.keys.iter().map(|k| k.name.as_str())
    }
}

/// The JSON Schema of a scenario file.
pub(super) static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = schemars::schema_for!(ScenarioFile).to_value();
    tidy(&mut schema);
    schema
});

/// The schema without the demand for keys that may stand in another file.
pub(super) fn schema_for_editors() -> Value {
    let mut schema = SCHEMA.clone();
    let entries = ["Scenario", "Firm", "Stake", "Investment", "Purchase", "Procurement", "Loan", "Warrant", "Backstop", "Group"];
    for name in entries {
        if let Some(Value::Array(required)) = schema.pointer_mut(&format!("/$defs/{name}/required")) {
            required.retain(|key| key == "id");
        }
    }
    schema
}

static SPECS: LazyLock<BTreeMap<String, Spec>> = LazyLock::new(|| {
    let mut specs = BTreeMap::from([("ScenarioFile".to_string(), read_spec(&SCHEMA))]);
    if let Some(definitions) = SCHEMA["$defs"].as_object() {
        specs.extend(definitions.iter().map(|(name, value)| (name.clone(), read_spec(value))));
    }
    specs
});

static NOTHING: Spec = Spec { doc: String::new(), keys: Vec::new() };

/// The table of a name among the schema's definitions, or `ScenarioFile` for the file itself.
pub(super) fn spec(name: &str) -> &'static Spec {
    SPECS.get(name).unwrap_or(&NOTHING)
}

/// The words of an enumeration among the schema's definitions, each with its meaning.
pub(super) fn words(name: &str) -> Vec<(&'static str, &'static str)> {
    let definition = &SCHEMA["$defs"][name];
    let cases = definition["oneOf"].as_array().into_iter().flatten();
    cases.filter_map(|c| Some((c["const"].as_str()?, c["description"].as_str().unwrap_or_default()))).collect()
}

/// TOML has no null, so optional keys need not admit it; comments of several lines become one; amounts of money get a plausible bound.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(tidy),
        Value::Object(map) => {
            if let Some(Value::Array(cases)) = map.get_mut("anyOf") {
                cases.retain(|c| c["type"] != "null");
                if let [Value::Object(only)] = cases.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    map.extend(only);
                }
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|t| t != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".into(), only);
                }
            }
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            let is_money = map.get("x-unit").and_then(Value::as_str).is_some_and(|u| u.starts_with("USD bn"));
            if is_money && map.contains_key("minimum") && !map.contains_key("maximum") {
                map.insert("maximum".into(), json!(MOST_USD_BN));
            }
            map.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

fn read_spec(value: &Value) -> Spec {
    let required: Vec<&str> = value["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = value["properties"].as_object().into_iter().flatten();
    let keys = properties.map(|(name, p)| read_key(name, p, required.contains(&name.as_str()))).collect();
    Spec { doc: text(value, "description"), keys }
}

fn read_key(name: &str, p: &Value, required: bool) -> Key {
    let reference = |v: &Value| v["$ref"].as_str().map(|r| r.trim_start_matches("#/$defs/").to_string());
    let inner = |v: &Value| reference(v).unwrap_or_else(|| text(v, "type"));
    let kind = match p["type"].as_str() {
        Some("array") => format!("list of {}", inner(&p["items"])),
        Some("object") => format!("table of {}", inner(&p["additionalProperties"])),
        _ => inner(p),
    };
    Key {
        name: name.to_string(),
        doc: text(p, "description"),
        kind,
        minimum: p["minimum"].as_f64(),
        maximum: p["maximum"].as_f64(),
        above: p["exclusiveMinimum"].as_f64(),
        below: p["exclusiveMaximum"].as_f64(),
        unit: text(p, "x-unit"),
        default: p.get("default").cloned(),
        default_text: text(p, "x-default"),
        required,
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FirmNumber, Kind, Series, ShockNumber};

    #[test]
    fn every_number_of_the_model_can_be_written() {
        for (_, name) in FirmNumber::ALL {
            assert!(spec("Firm").key(name).is_some(), "firm has no key {name}");
        }
        for (_, name) in ShockNumber::ALL {
            assert!(spec("Shocks").key(name).and_then(Key::default_number).is_some(), "shocks.{name} has no default");
        }
        assert_eq!(words("Kind").len(), Kind::ALL.len());
        assert!(words("Series").iter().all(|(w, _)| serde_json::from_value::<Series>(json!(w)).is_ok()));
    }

    #[test]
    fn nothing_may_be_null_and_no_money_is_boundless() {
        let schema = SCHEMA.to_string();
        assert!(!schema.contains("\"null\""));
        assert_eq!(spec("Firm").key("cash_usd_bn").and_then(|k| k.maximum), Some(MOST_USD_BN));
    }

    #[test]
    fn bounds_are_put_into_words() {
        let words = |table: &str, key: &str| spec(table).key(key).map(Key::expectation).unwrap_or_default();
        assert_eq!(words("Firm", "cash_usd_bn"), "a number in USD bn, 0 or more");
        assert_eq!(words("Firm", "variable_cost_ratio"), "a share 0 or more and below 1");
        assert_eq!(words("Rules", "recapture"), "a share from 0 to 1");
        assert_eq!(words("Shocks", "degrees_of_freedom"), "a number, above 2");
    }
}
