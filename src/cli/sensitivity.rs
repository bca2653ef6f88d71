//! `sensitivity`: which uncertain number matters.

use super::args::Sensitivity;
use super::question::{self, About};
use bubblerisk::analysis::sensitivity::{self, Effort, Output};
use bubblerisk::error::{Error, Result};
use bubblerisk::model::Model;
use bubblerisk::results::{tables, words};
use bubblerisk::{charts, report, scenario};

pub fn sensitivity(args: &Sensitivity) -> Result<()> {
    let loaded = scenario::load_with(&args.source.scenario, &args.source.set, &args.source.without)?;
    question::made_ready(&loaded.model)?;
    let effort = effort(args, &loaded.model)?;
    let bar = question::progress(&args.answer.talk, effort.points(sensitivity::inputs(&loaded.model).len()));
    let found = sensitivity::sensitivity(&loaded.model, &effort, args.effort.threads, &|done| bar.inc(done))?;
    bar.finish_and_clear();
    let folder = question::folder(&args.answer, &loaded.model.name, "sensitivity")?;
    question::write(&folder, &About::new("sensitivity", &loaded.hash), &found, &tables::sensitivity_csvs(&found))?;
    let footer = question::footer(&loaded.model);
    for picture in charts::sensitivity(&found, &footer) {
        charts::write(&picture, &folder)?;
    }
    question::say(&args.answer.talk, &folder, ("sensitivity", &found), &report::sensitivity::sections(&found))?;
    question::all_solved(found.failed_solves)
}

fn effort(args: &Sensitivity, model: &Model) -> Result<Effort> {
    let usual = Effort::new(args.effort.seed);
    let paths = args.effort.paths.unwrap_or(usual.paths);
    Ok(Effort {
        paths,
        trajectories: args.trajectories,
        keep: args.keep,
        rows: args.rows,
        draws: args.draws,
        draw_paths: 2 * paths,
        hazard_paths: 8 * paths,
        of: output(&args.of, model)?,
        losses_usd_bn: args.loss.clone(),
        ..usual
    })
}

fn output(text: &str, model: &Model) -> Result<Output> {
    let word = text.trim().to_lowercase();
    let known = [
        ("es95", Output::ShortfallNet95),
        ("mean", Output::MeanNet),
        ("amplification", Output::Amplification),
        ("added", Output::Added),
        ("defaults", Output::Defaults),
    ];
    let firm = || model.firms.iter().position(|f| f.id.to_lowercase() == word).map(Output::DefaultOf);
    known.into_iter().find(|k| k.0 == word).map(|k| k.1).or_else(firm).ok_or_else(|| {
        let names: Vec<String> = known.iter().map(|k| k.0.to_string()).chain(model.firms.iter().map(|f| f.id.clone())).collect();
        Error::Usage(format!("--of {text}: expected one of {}", words::list(&names)))
    })
}
