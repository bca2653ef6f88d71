//! The largest flow through a network of capacities, by shortest augmenting paths (Edmonds & Karp 1972). No meaning of the arcs.

/// Arcs with capacities, as a full matrix `[from][to]`.
#[derive(Debug, Clone)]
pub(super) struct Capacities(pub Vec<Vec<f64>>);

impl Capacities {
    /// The largest flow from `source` to `sink`. What is below rounding of the whole is not pursued.
    pub fn flow(mut self, source: usize, sink: usize) -> f64 {
        let small = 1e-13 * self.0.iter().flatten().sum::<f64>();
        let mut total = 0.0;
        while let Some(path) = self.path(source, sink, small) {
            let arcs: Vec<(usize, usize)> = path.windows(2).map(|w| (w[0], w[1])).collect();
            let most = arcs.iter().map(|&(i, j)| self.0[i][j]).fold(f64::INFINITY, f64::min);
            for (i, j) in arcs {
                self.0[i][j] -= most;
                self.0[j][i] += most;
            }
            total += most;
        }
        total
    }

    /// A shortest path on which more than `small` is left.
    fn path(&self, source: usize, sink: usize, small: f64) -> Option<Vec<usize>> {
        let mut before = vec![usize::MAX; self.0.len()];
        before[source] = source;
        let mut queue = std::collections::VecDeque::from([source]);
        while let Some(i) = queue.pop_front() {
            for j in 0..self.0.len() {
                if before[j] == usize::MAX && self.0[i][j] > small {
                    before[j] = i;
                    queue.push_back(j);
                }
            }
        }
        if before[sink] == usize::MAX {
            return None;
        }
        let mut path = vec![sink];
        while let Some(&last) = path.last().filter(|&&v| v != source) {
            path.push(before[last]);
        }
        path.reverse();
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::Capacities;

    #[test]
    fn a_flow_is_the_smallest_cut() {
        // 0 to 3 by two ways, with a shortcut between them that must be taken back in part.
        let arcs = [(0, 1, 3.0), (0, 2, 2.0), (1, 2, 5.0), (1, 3, 2.0), (2, 3, 3.0)];
        let mut c = vec![vec![0.0; 4]; 4];
        arcs.iter().for_each(|&(i, j, most)| c[i][j] = most);
        assert_eq!(Capacities(c.clone()).flow(0, 3), 5.0);
        assert_eq!(Capacities(c).flow(3, 0), 0.0);
    }
}
