//! Cholesky factors of small symmetric positive definite matrices, and what is solved with them. Not large systems.

/// The lower triangle L with A = L Lᵀ, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    size: usize,
    rows: Vec<f64>,
}

impl Cholesky {
    /// Factor of a matrix given row by row.
    ///
    /// `None` if it is not square, holds what is not finite, or a pivot is not above `least` times its diagonal element: a row that the rows before it all but
    /// determine.
    pub fn of(matrix: &[f64], size: usize, least: f64) -> Option<Cholesky> {
        if matrix.len() != size * size {
            return None;
        }
        let mut rows = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| rows[i * size + k] * rows[j * size + k]).sum();
                let rest = matrix[i * size + j] - known;
                let is_sound = rest.is_finite() && (i != j || rest > least * matrix[i * size + i].max(0.0));
                if !is_sound || (i == j && rest <= 0.0) {
                    return None;
                }
                rows[i * size + j] = if i == j { rest.sqrt() } else { rest / rows[j * size + j] };
            }
        }
        Some(Cholesky { size, rows })
    }

    /// The factor of the matrix without rows.
    pub fn empty() -> Cholesky {
        Cholesky { size: 0, rows: vec![] }
    }

    /// L⁻¹ x, in place: turns correlated normals into independent ones.
    pub fn decorrelate(&self, x: &mut [f64]) {
        let n = self.size.min(x.len());
        for i in 0..n {
            let known: f64 = (0..i).map(|k| self.rows[i * self.size + k] * x[k]).sum();
            x[i] = (x[i] - known) / self.rows[i * self.size + i];
        }
    }

    /// L x: the opposite.
    pub fn correlate(&self, x: &[f64]) -> Vec<f64> {
        let n = self.size.min(x.len());
        (0..n).map(|i| (0..=i).map(|k| self.rows[i * self.size + k] * x[k]).sum()).collect()
    }

    /// The solution of A x = b.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        self.decorrelate(&mut x);
        let n = self.size.min(x.len());
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| self.rows[k * self.size + i] * x[k]).sum();
            x[i] = (x[i] - known) / self.rows[i * self.size + i];
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_by_hand() {
        // L = [2; 1 3; -1 0 1].
        let a = [4.0, 2.0, -2.0, 2.0, 10.0, -1.0, -2.0, -1.0, 2.0];
        let l = Cholesky::of(&a, 3, 1e-9).unwrap();
        assert_eq!(l.correlate(&[1.0, 1.0, 1.0]), [2.0, 4.0, 0.0]);
        let mut x = [2.0, 4.0, 0.0];
        l.decorrelate(&mut x);
        assert_eq!(x, [1.0, 1.0, 1.0]);
        let x = l.solve(&[4.0, 11.0, -1.0]);
        let back: Vec<f64> = (0..3).map(|i| (0..3).map(|j| a[3 * i + j] * x[j]).sum()).collect();
        assert!(back.iter().zip([4.0, 11.0, -1.0]).all(|(p, q)| (p - q).abs() < 1e-12), "{back:?}");
    }

    #[test]
    fn what_is_not_definite_is_none() {
        assert!(Cholesky::of(&[1.0, 1.0, 1.0, 1.0], 2, 1e-9).is_none());
        assert!(Cholesky::of(&[1.0, f64::NAN, f64::NAN, 1.0], 2, 1e-9).is_none());
        assert!(Cholesky::of(&[1.0, 0.0], 2, 1e-9).is_none());
        assert!(Cholesky::of(&[0.0], 1, 0.0).is_none());
        assert!(Cholesky::of(&[], 0, 0.0).is_some());
    }
}
