//! Sparse adjacency and the order in which fixed points are swept. No money.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

/// Edges grouped by one of their ends: the edges of node i are `edges[start[i]..start[i + 1]]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Csr {
    /// Offsets, length n + 1.
    pub start: Vec<u32>,
    /// Edge indices.
    pub edges: Vec<u32>,
}

impl Csr {
    /// Groups edges 0.. by `end_of(edge)`; edges without an end (`None`) are left out. Within a node the edges keep their order.
    pub fn group(nodes: usize, edges: usize, end_of: impl Fn(usize) -> Option<usize>) -> Csr {
        let mut start = vec![0u32; nodes + 1];
        for e in 0..edges {
            if let Some(i) = end_of(e) {
                start[i + 1] += 1;
            }
        }
        for i in 0..nodes {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut list = vec![0u32; start[nodes] as usize];
        for e in 0..edges {
            if let Some(i) = end_of(e) {
                list[next[i] as usize] = e as u32;
                next[i] += 1;
            }
        }
        Csr { start, edges: list }
    }

    /// Edges of node i.
    #[inline(always)]
    pub fn of(&self, i: usize) -> &[u32] {
        &self.edges[self.start[i] as usize..self.start[i + 1] as usize]
    }
}

/// Strongly connected components of the graph with an arc from `needs` to `node` for each pair (node, needs), in an order in which whatever a
/// component needs comes before it. Components of one node that does not need itself can be solved in one pass.
pub fn components(nodes: usize, pairs: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<(), ()>::with_capacity(nodes, 0);
    let at: Vec<_> = (0..nodes).map(|_| graph.add_node(())).collect();
    for (node, needs) in pairs {
        graph.add_edge(at[node], at[needs], ());
    }
    // Tarjan's algorithm yields a component after every component that it points to.
    tarjan_scc(&graph)
        .into_iter()
        .map(|part| {
            let mut part: Vec<usize> = part.into_iter().map(|n| n.index()).collect();
            part.sort_unstable();
            part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first_and_a_cycle_stays_together() {
        // 2 needs 1, 1 needs 0; 3 and 4 need each other; 4 needs 2.
        let order = components(5, [(2, 1), (1, 0), (3, 4), (4, 3), (4, 2)].into_iter());
        assert_eq!(order, vec![vec![0], vec![1], vec![2], vec![3, 4]]);
    }

    #[test]
    fn edges_are_grouped_by_end_in_their_order() {
        let ends = [Some(1), None, Some(0), Some(1)];
        let csr = Csr::group(2, 4, |e| ends[e]);
        assert_eq!(csr.of(0), &[2]);
        assert_eq!(csr.of(1), &[0, 3]);
    }
}
