//! Parameters that share a way of being named: an array with ids of its own.

use nice_plug::params::internals::ParamPtr;
use nice_plug::params::{FloatParam, Param, Params};

/// `N` continuous parameters whose ids a function makes of their place.
pub struct Bank<const N: usize> {
    params: [FloatParam; N],
    id_of: fn(usize) -> String,
}

impl<const N: usize> Bank<N> {
    /// The bank of `params`; `id_of` gives the id of each place, frozen for ever.
    #[must_use]
    pub const fn new(params: [FloatParam; N], id_of: fn(usize) -> String) -> Self {
        Self { params, id_of }
    }

    /// The plain values, with the host's modulation. Real-time safe.
    #[must_use]
    pub fn values(&self) -> [f32; N] {
        std::array::from_fn(|i| self.params[i].value())
    }
}

impl<const N: usize> std::ops::Deref for Bank<N> {
    type Target = [FloatParam; N];

    fn deref(&self) -> &Self::Target {
        &self.params
    }
}

// SAFETY: the pointers are those of fields of `self`, which lives in the `Arc` that the wrappers hold, and never moves.
unsafe impl<const N: usize> Params for Bank<N> {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        self.params.iter().enumerate().map(|(i, param)| ((self.id_of)(i), param.as_ptr(), String::new())).collect()
    }
}
