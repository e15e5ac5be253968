//! Random choices that a seed repeats.

/// A generator of random numbers: SplitMix64, which is small and good enough to pick with.
pub(crate) struct Random(u64);

impl Random {
    /// The generator whose choices follow from `seed`.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Any number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end`, which it does not reach.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.number() % end.max(1) as u64) as usize
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Each of several in order, with a chance of `percent` of a hundred.
    pub(crate) fn some<T: Copy>(&mut self, choices: &[T], percent: usize) -> Vec<T> {
        choices.iter().copied().filter(|_| self.chance(percent)).collect()
    }
}

/// The seed in `LIMA_DOCTOR_SEED`; else one of the clock's, which is printed.
pub(crate) fn seed() -> u64 {
    if let Ok(text) = std::env::var("LIMA_DOCTOR_SEED") {
        return text.parse().expect("LIMA_DOCTOR_SEED is a number");
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seed = now.map_or(0, |now| now.subsec_nanos().into());
    println!("LIMA_DOCTOR_SEED={seed} repeats these cases");
    seed
}
