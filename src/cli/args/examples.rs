//! What stands below the flags in `--help`: examples of each command, of which every one is a command that can be given. No behaviour.

pub const ALL: &str = "Examples:
  bubblerisk new my.toml                            a commented scenario to begin with
  bubblerisk check my.toml                          every problem of the file at once
  bubblerisk run my.toml                            simulate, print the summary, write output/<scenario>/
  bubblerisk run my.toml --without chips-lab        the same without a deal, on the same shocks
  bubblerisk run my.toml --set firm.lab.cash_usd_bn=10
  bubblerisk inspect my.toml                        what is known before any simulation
  bubblerisk reverse my.toml --when 'default(lab)'  what would have to happen for it
  bubblerisk explain my.toml --worst 1              what happened on the worst path

Exit codes: 0 done; 1 the run says no (plan not financeable, not converged); 2 bad input or usage; 130 interrupted.
NO_COLOR=1 switches colours and the progress bar off; without a terminal there are none.";

pub const RUN: &str = "Targets of --until are a number and the half width of its interval relative to it:
  es99 < 1%, var99.5 < 2%, mean < 0.5%   net loss of the system in W0
  default(oracle) < 5%                   probability that a firm fails, in W0
  amplification < 0.1%                   net loss given a bust, W0 over W2

Examples:
  bubblerisk run my.toml
  bubblerisk run my.toml --paths 20_000 --seed 2 --output elsewhere
  bubblerisk run my.toml --without chips-lab --set purchase.*.take_or_pay=0.6
  bubblerisk run my.toml --sampling importance --until 'es99 < 1%'
  bubblerisk run my.toml --each-path --quiet";

#[cfg(feature = "serve")]
pub const SERVE: &str = "The page answers this machine alone; what it shows is what `run` finds with the same paths and seed.

Examples:
  bubblerisk serve my.toml
  bubblerisk serve my.toml --port 0 --paths 50_000";

pub const CHECK: &str = "Examples:
  bubblerisk check my.toml
  bubblerisk check my.toml --set firm.lab.cash_usd_bn=0
  bubblerisk check my.toml --json";

pub const COMPARE: &str = "Examples:
  bubblerisk compare my.toml other.toml
  bubblerisk compare my.toml --without chips-lab --without cloud-lab
  bubblerisk compare my.toml --without lab-cloud --no-replacement
  bubblerisk compare my.toml --scale chips-lab=2 --set firm.lab.plan_realism=0.7 --together
  bubblerisk compare my.toml --vary firm.lab.plan_realism=0.5:1.1:7 --level 'default(lab)=30%'";

pub const ATTRIBUTE: &str = "Examples:
  bubblerisk attribute my.toml
  bubblerisk attribute my.toml --deals
  bubblerisk attribute my.toml --deals --permutations 16 --json";

pub const EXPLAIN: &str = "Examples:
  bubblerisk explain my.toml --worst 1
  bubblerisk explain my.toml --path 4711
  bubblerisk explain my.toml --path 4711 --world W2";

pub const VALIDATE: &str = "Run it in the folder of the project, whose scenarios it reads; it takes less than a minute.

Examples:
  bubblerisk validate
  bubblerisk validate --output elsewhere --json";

pub const CHARTS: &str = "Examples:
  bubblerisk charts output/my-scenario
  bubblerisk charts output/my-scenario/results.json --quiet";

pub const REPORT: &str = "Examples:
  bubblerisk report output/my-scenario
  bubblerisk report output/my-scenario --json";

pub const SCHEMA: &str = "An editor that reads `#:schema schema.json` in the first line of a TOML file completes and checks keys with it.

Examples:
  bubblerisk schema > schema.json";

pub const NEW: &str = "Examples:
  bubblerisk new my.toml
  bubblerisk new --deal my.toml
  bubblerisk new";

pub const COMPLETIONS: &str = "Examples:
  bubblerisk completions bash > ~/.local/share/bash-completion/completions/bubblerisk
  bubblerisk completions zsh > ~/.zfunc/_bubblerisk
  bubblerisk completions fish > ~/.config/fish/completions/bubblerisk.fish";

pub const MAN: &str = "Examples:
  bubblerisk man ~/.local/share/man/man1";
