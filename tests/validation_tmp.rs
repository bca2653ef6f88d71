#[test]
fn telecom() {
    for f in bubblerisk::validation::telecom(std::path::Path::new("scenarios")).unwrap() {
        println!("{:26} {:8.4} [{:8.4},{:8.4}] band {:6.3}..{:6.3} happened {:?} {} {:?}", f.band.id, f.found.value, f.found.low, f.found.high, f.band.low, f.band.high, f.band.what_happened, f.is_hit, f.quantiles);
    }
}
#[test]
fn stresses() {
    for f in bubblerisk::validation::stresses(std::path::Path::new("scenarios")).unwrap() {
        println!("{:26} {:8.5} [{:8.5},{:8.5}] {} {}", f.band.id, f.found.value, f.found.low, f.found.high, f.band.observable, f.is_hit);
    }
}
#[test]
fn market() {
    let m = bubblerisk::validation::market(std::path::Path::new("scenarios")).unwrap();
    for v in &m.volatilities { println!("vol {} {:.3} {:.3} {:.3}", v.firm, v.realised, v.simulated, v.simulated_no_bust); }
    let n = m.correlations.len() as f64;
    println!("corr {} {}", m.correlations.iter().map(|c| c.realised).sum::<f64>()/n, m.correlations.iter().map(|c| c.simulated).sum::<f64>()/n);
    for c in &m.correlations { println!("corr {:?} {:.2} {:.2}", c.firms, c.realised, c.simulated); }
    for s in &m.swaps { println!("{:?}", s); }
    for p in m.returns.iter().chain(&m.outcomes) { println!("placed {} {:.3} {:?} pit {:?} crps {:.3} {:?}", p.observable, p.happened, p.quantiles, p.transform, p.score, p.simple_score); }
}
#[test]
fn nulls() {
    for n in bubblerisk::validation::nulls(std::path::Path::new("scenarios")).unwrap() { println!("null {n:?}"); }
}
