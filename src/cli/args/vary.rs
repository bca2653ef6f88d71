//! The texts of `--vary` and `--level`: an input with its values, a measure with its level. No scenario.

/// `PATH=LOW:HIGH:STEPS[:log]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Vary {
    /// Path in the scenario, or a deal.
    pub name: String,
    /// Values, ascending, ends included.
    pub values: Vec<f64>,
    /// Evenly spaced in logarithms.
    pub is_log: bool,
}

/// A measure by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Mean,
    Es99,
    Amplification,
    Defaults,
    Credit,
    Default(String),
}

/// Most values of one input.
const MOST_STEPS: usize = 400;
const MEASURES: &str = "mean, es99, amplification, defaults, credit or default(FIRM)";

pub fn vary(text: &str) -> Result<Vary, String> {
    const FORM: &str = "expected PATH=LOW:HIGH:STEPS or PATH=LOW:HIGH:STEPS:log, such as shocks.boom_to_bust_per_quarter=0.01:0.1:5 or amazon-openai-10=0:2:5";
    let (name, range) = text.split_once('=').filter(|(name, _)| !name.trim().is_empty()).ok_or(FORM)?;
    let parts: Vec<&str> = range.split(':').map(str::trim).collect();
    let (low, high, steps, is_log) = match parts[..] {
        [low, high, steps] => (low, high, steps, false),
        [low, high, steps, "log"] => (low, high, steps, true),
        [_, _, _, other] => return Err(format!("`{other}` after the steps: only `log` may stand there; {FORM}")),
        _ => return Err(format!("`{range}` has {} parts; {FORM}", parts.len())),
    };
    let number = |what: &str, text: &str| {
        text.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| format!("{what} `{text}` is no number; {FORM}"))
    };
    let (low, high) = (number("LOW", low)?, number("HIGH", high)?);
    let steps: usize = steps.parse().map_err(|_| format!("STEPS `{steps}` is no whole number; {FORM}"))?;
    if !(2..=MOST_STEPS).contains(&steps) {
        return Err(format!("STEPS is {steps}: from 2 to {MOST_STEPS}"));
    }
    if low >= high {
        return Err(format!("LOW {low} is not below HIGH {high}"));
    }
    if is_log && low <= 0.0 {
        return Err(format!("LOW is {low}: values spaced in logarithms are above 0"));
    }
    let value = |k: usize| match k {
        0 => low,
        k if k + 1 == steps => high,
        k => {
            let share = k as f64 / (steps - 1) as f64;
            rounded(if is_log { low * (high / low).powf(share) } else { low + (high - low) * share })
        }
    };
    Ok(Vary { name: name.trim().to_string(), values: (0..steps).map(value).collect(), is_log })
}

/// To twelve significant digits, so that 0.1 is not 0.30000000000000004 - 0.2.
fn rounded(v: f64) -> f64 {
    format!("{v:.11e}").parse().unwrap_or(v)
}

pub fn measure(text: &str) -> Result<Named, String> {
    match text.trim() {
        "mean" => Ok(Named::Mean),
        "es99" => Ok(Named::Es99),
        "amplification" => Ok(Named::Amplification),
        "defaults" => Ok(Named::Defaults),
        "credit" => Ok(Named::Credit),
        other => other
            .strip_prefix("default(")
            .and_then(|rest| rest.strip_suffix(')'))
            .filter(|firm| !firm.trim().is_empty())
            .map(|firm| Named::Default(firm.trim().to_string()))
            .ok_or_else(|| format!("`{other}` is no measure: {MEASURES}")),
    }
}

pub fn level(text: &str) -> Result<(Named, f64), String> {
    let (name, number) =
        text.rsplit_once('=').ok_or_else(|| format!("expected MEASURE=NUMBER, such as 'default(openai)=30%'; measures are {MEASURES}"))?;
    let number = number.trim();
    let parsed = number.strip_suffix('%').map_or_else(|| number.parse::<f64>(), |p| p.trim().parse::<f64>().map(|v| v / 100.0));
    let level = parsed.ok().filter(|v| v.is_finite()).ok_or_else(|| format!("`{number}` is no number or percentage"))?;
    Ok((measure(name)?, level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_hold_both_ends() {
        assert_eq!(vary("a.b=0:2:5").unwrap().values, [0.0, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!(vary("x=0.1:0.4:4").unwrap().values, [0.1, 0.2, 0.3, 0.4]);
        assert_eq!(vary("x=0.01:1:3:log").unwrap().values, [0.01, 0.1, 1.0]);
    }

    #[test]
    fn bad_texts_say_what_is_wrong() {
        for (text, said) in [
            ("a.b", "expected PATH"),
            ("=1:2:3", "expected PATH"),
            ("a=1:2", "2 parts"),
            ("a=x:2:3", "LOW `x`"),
            ("a=1:inf:3", "HIGH `inf`"),
            ("a=1:2:1", "from 2"),
            ("a=1:2:2.5", "STEPS `2.5`"),
            ("a=2:1:3", "not below"),
            ("a=0:1:3:log", "above 0"),
            ("a=1:2:3:lin", "only `log`"),
        ] {
            assert!(vary(text).unwrap_err().contains(said), "{text}: {:?}", vary(text));
        }
        assert_eq!(level("default(lab)=30%"), Ok((Named::Default("lab".into()), 0.3)));
        assert!(level("default()=1").is_err() && level("mean=x").is_err() && level("mean").is_err() && level("es95=1").is_err());
    }
}
