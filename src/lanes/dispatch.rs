//! Picks the instruction set at run time: each lane kernel is compiled three times from one text. The only unsafe code of the crate is the call of
//! a kernel compiled for instructions that the machine was asked about first.

/// Instruction set that lane kernels run with. The results do not depend on it, bit for bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// What every machine of the target has.
    Baseline,
    /// 256-bit vectors.
    Avx2,
    /// 512-bit vectors.
    Avx512,
}

impl Isa {
    /// The widest instruction set of this machine.
    pub fn detect() -> Isa {
        Isa::available().last().copied().unwrap_or(Isa::Baseline)
    }

    /// Every instruction set of this machine, narrowest first.
    pub fn available() -> Vec<Isa> {
        #[allow(unused_mut)]
        let mut list = vec![Isa::Baseline];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") {
                list.push(Isa::Avx2);
                if Isa::wide() {
                    list.push(Isa::Avx512);
                }
            }
        }
        list
    }

    #[cfg(target_arch = "x86_64")]
    fn wide() -> bool {
        use std::arch::is_x86_feature_detected as has;
        has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") && has!("avx512cd")
    }

    /// This instruction set if the machine has it, otherwise the widest below it that it has.
    pub fn or_less(self) -> Isa {
        Isa::available().into_iter().rfind(|have| *have <= self).unwrap_or(Isa::Baseline)
    }
}

/// Declares a function over rows of lanes that is compiled for each instruction set; its first argument becomes the [`Isa`] to run with, which must
/// come from [`Isa::detect`], [`Isa::available`] or [`Isa::or_less`].
macro_rules! lane_kernel {
    ($(#[$meta:meta])* $vis:vis fn $name:ident ( $($arg:ident : $ty:ty),* $(,)? ) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        #[allow(unsafe_code, clippy::too_many_arguments)]
        $vis fn $name(isa: $crate::lanes::Isa, $($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512cd")]
            fn wide($($arg: $ty),*) $(-> $ret)? { body($($arg),*) }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn medium($($arg: $ty),*) $(-> $ret)? { body($($arg),*) }

            match isa {
                // SAFETY: an `Isa` above the baseline is only made after the machine was found to have its instructions.
                #[cfg(target_arch = "x86_64")]
                $crate::lanes::Isa::Avx512 => unsafe { wide($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::lanes::Isa::Avx2 => unsafe { medium($($arg),*) },
                _ => body($($arg),*),
            }
        }
    };
}

pub(crate) use lane_kernel;
